import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseCallId } from "../../src/call/id.ts";
import type { Principal } from "../../src/call/principal.ts";
import { NO_VOTERS } from "../../src/voters/voters.ts";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { compile } from "../../src/policy/compile.ts";
import { type Api, openApi } from "./api.ts";

const POLICY = {
  rules: [
    { name: "scans", match: { server: "security_scanner" }, allow: true },
    { name: "read-files", match: { server: "files", tool: "read_*" }, allow: true },
    { name: "ana-writes", match: { server: "files", tool: "write_file", principal: "ana" }, allow: true },
    {
      name: "big",
      match: { tool: "write_file" },
      when: "args.size > 1000",
      deny: true,
      why: "Too big.",
      instead: "Split it.",
    },
    { name: "few", match: { tool: "read_slowly" }, limit: { rate: "2/hour", per: ["user"] } },
    {
      name: "office",
      match: { tool: "read_mail" },
      hours: { allow: "09:00-17:00", timezone: "UTC" },
      why: "Office hours.",
    },
    {
      name: "two-people",
      match: { tool: "read_salaries" },
      ask: { approvers: ["cto@company.com", "role:hr"], quorum: 2, within: "1h" },
      why: "Salaries need two people.",
    },
  ],
};

const OPERATOR: Principal = {
  id: "olga",
  tenant: "default",
  roles: ["operator"],
  scopes: [],
  source: "api-key",
};
const ANA: Principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "api-key" };

let api: Api;
beforeAll(async () => {
  api = await openApi({ policy: POLICY, servers: ["files", "security_scanner", "files.old"] });
});
afterAll(() => api.close());
beforeEach(() => {
  api.credential = ANONYMOUS;
});

const read = { resource_id: "files/read_file", operation: "tools/call" };

describe("POST /authorize", () => {
  test("answers the quick start of MCPGovernance [G19, G24]", async () => {
    const answer = await api.authorize({ resource_id: "security_scanner", operation: "read" });
    expect(answer).toMatchObject({
      allowed: true,
      decision: "allow",
      reason: "allowed",
      policies: ["scans"],
      obligations: [],
      cached: false,
      recorded: false,
    });
    expect(parseCallId(String(answer["decision_id"]))).toBeDefined();
  });

  test.each(["plugpipe", "mcp", "generic"])("takes registry_type %s [G23]", async (registry_type) => {
    expect(await api.authorize({ ...read, registry_type })).toMatchObject({ allowed: true });
  });

  test.each([
    [{ tenant_id: undefined }, "/tenant_id", "`tenant_id` is missing"],
    [{ registry_type: "x" }, "/registry_type", '"x" is not one of plugpipe, mcp, generic'],
    [{ arguments: {} }, "/arguments", "unknown key"],
    [{ args: [] }, "/args", "must be an object"],
    [{ resource_id: 7 }, "/resource_id", "should be text, is a number"],
  ])("names the field of %j [G19, G23]", async (change, pointer, message) => {
    const response = await api.post("/authorize", { tenant_id: "default", ...read, ...change });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem = (await response.json()) as { code: string; detail: string; errors: object[] };
    expect(problem.code).toBe("invalid-request");
    expect(problem.errors[0]).toMatchObject({ pointer, message });
    expect(problem.detail).toContain(message);
  });

  test("of a tenant or a thing that is not there nothing is allowed, and nobody is told why [G20, G21]", async () => {
    expect(await api.authorize({ ...read, tenant_id: "tenant-alpha" })).toMatchObject({
      allowed: false,
      decision: "deny",
      reason: "unknown_tenant",
      policies: [],
    });
    const hidden = await api.authorize({ resource_id: "files/move_file", operation: "tools/call" });
    const absent = await api.authorize({ resource_id: "nowhere/move_file", operation: "tools/call" });
    const own = new Set(["decision_id", "evaluated_at", "ttl_seconds", "cached"]);
    const told = (answer: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(answer).filter(([key]) => !own.has(key)));
    expect(told(hidden)).toEqual(told(absent));
    expect(hidden).toMatchObject({ allowed: false, reason: "resource_not_granted", policies: [] });
  });

  test.each([
    ["files/read_file", "tools/call", true],
    ["files.read_file", "read", true],
    ["files.old/read_file", "tools/call", false],
    ["security_scanner/scan", "execute", true],
    ["security_scanner/file:///etc/passwd", "read", true],
    ["files/file:///etc/passwd", "read", false],
    ["security_scanner/greet", "prompts/get", true],
    ["files", "read", false],
    ["read_file", "tools/call", false],
  ])("%s, %s: %s", async (resource_id, operation, allowed) => {
    expect((await api.authorize({ resource_id, operation }))["allowed"]).toBe(allowed);
  });

  test.each([
    ["files", "tools/call", "`name` must be a string"],
    ["files/x", "completion/complete", "name the server alone"],
  ])("what names nothing is no question: %s, %s", async (resource_id, operation, message) => {
    const response = await api.post("/authorize", { tenant_id: "default", resource_id, operation });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "unjudgeable",
      detail: expect.stringContaining(message) as string,
    });
  });

  test("what the gate never judges passes, and says so", async () => {
    expect(await api.authorize({ resource_id: "files", operation: "tools/list" })).toMatchObject({
      allowed: true,
      reason: "not_judged",
      policies: [],
    });
  });

  test("a deny says its reason and what can be done instead", async () => {
    const answer = await api.authorize({
      principal: "ana",
      resource_id: "files/write_file",
      operation: "tools/call",
      args: { size: 2000 },
    });
    expect(answer).toMatchObject({
      reason: "denied_by_policy",
      policies: ["big"],
      why: "Too big.",
      instead: "Split it.",
    });
  });

  test("a number that no double holds denies where a condition looks at it", async () => {
    const body = `{"tenant_id":"default","principal":"ana","resource_id":"files/write_file","operation":"tools/call","args":{"size":1.00000000000000001}}`;
    expect(await (await api.post("/authorize", body)).json()).toMatchObject({
      allowed: false,
      policies: ["inexact-number"],
    });
    const batch = `{"items":[${body},${body.replace("1.00000000000000001", "1")}]}`;
    const { items } = (await (await api.post("/authorize/batch", batch)).json()) as {
      items: { answer: object }[];
    };
    expect(items.map(({ answer }) => answer)).toMatchObject([{ allowed: false }, { allowed: true }]);
  });

  test("arguments are judged as they were sent, whatever their names", async () => {
    const body = `{"tenant_id":"default","principal":"ana","resource_id":"files/write_file","operation":"tools/call","args":{"size":1,"__proto__":{"size":2000}}}`;
    expect(await (await api.post("/authorize", body)).json()).toMatchObject({
      allowed: false,
      policies: ["condition-failed"],
    });
  });
});

describe("GET /tenants/{tenant_id}/resources", () => {
  const resources = async (of: Api, path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${of.url}${path}`);
    return { status: response.status, body: await response.json() };
  };
  const CLERK: Principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "token" };

  test("has each server with what authorize allows of it, and no other tenant's [G85]", async () => {
    const api = await openApi({
      servers: ["scanner", "hardening", "vault"],
      policy: {
        rules: [
          { name: "look", match: { server: "scanner", method: "read" }, allow: true },
          { name: "run", match: { server: "hardening", method: "read|write" }, allow: true },
        ],
      },
    });
    const path = "/tenants/default/resources?registry_type=plugpipe";
    expect(await resources(api, path)).toEqual({
      status: 200,
      body: {
        tenant_id: "default",
        registry_type: "plugpipe",
        resources: [
          { id: "scanner", access_level: "read", operations: ["read"] },
          { id: "hardening", access_level: "write", operations: ["read", "write"] },
        ],
      },
    });
    expect((await resources(api, "/tenants/default/resources?registry_type=x")).status).toBe(400);
    expect((await resources(api, "/tenants/tenant-alpha/resources")).status).toBe(404);
    api.credential = CLERK;
    expect((await resources(api, path)).status).toBe(200);
    expect((await resources(api, "/tenants/tenant-alpha/resources")).status).toBe(403);
    await api.close();
  });
});

describe("limits and people", () => {
  const slow = { resource_id: "files/read_slowly", operation: "tools/call", principal: "bo" };

  test("a question takes nothing; what is consumed is charged and on record [B, C04]", async () => {
    for (let at = 0; at < 4; at++)
      expect(await api.authorize(slow)).toMatchObject({ allowed: true, ttl_seconds: 0 });
    const first = await api.authorize({ ...slow, consume: true });
    expect(first).toMatchObject({
      allowed: true,
      recorded: true,
      obligations: [{ type: "limit", rule: "few", most: 2 }],
    });
    await api.authorize({ ...slow, consume: true });
    const third = await api.authorize({ ...slow, consume: true });
    expect(third).toMatchObject({
      allowed: false,
      reason: "limit_reached",
      recorded: true,
      policies: ["few"],
    });
    expect(Date.parse(String(third["retry_at"]))).toBeGreaterThan(Date.now());
    const { journal } = api.running.store.forTenant("default");
    const record = await journal.get(parseCallId(String(first["decision_id"])) ?? ("" as never));
    expect(record?.opened).toMatchObject({
      principal: "bo",
      server: "files",
      target: "read_slowly",
      verdict: "allow",
    });
    expect(record?.opened.detail).toMatchObject({
      source: "asserted",
      trail: [
        { stage: "authorize", why: "asked by anonymous (anonymous)" },
        { stage: "visibility" },
        { stage: "arguments" },
        { stage: "guards" },
        { stage: "policy" },
      ],
    });
    const denied = await journal.get(parseCallId(String(third["decision_id"])) ?? ("" as never));
    expect(denied?.opened).toMatchObject({ verdict: "deny", rule: "few" });
  });

  test("what is refused before it is judged is on record too, once it is consumed", async () => {
    const answer = await api.authorize({ resource_id: "nowhere/x", operation: "tools/call", consume: true });
    expect(answer).toMatchObject({ allowed: false, recorded: true });
    const record = await api.running.store
      .forTenant("default")
      .journal.get(parseCallId(String(answer["decision_id"])) ?? ("" as never));
    expect(record?.opened).toMatchObject({ verdict: "deny", rule: "unknown-target", target: "nowhere/x" });
  });

  test("a hold says whom it waits for; consumed, they are asked, and what they approve passes once", async () => {
    const salaries = {
      resource_id: "files/read_salaries",
      operation: "tools/call",
      principal: "bo",
      args: { year: 2026 },
    };
    const hold = await api.authorize(salaries);
    expect(hold).toMatchObject({
      allowed: false,
      decision: "hold",
      reason: "approval_required",
      recorded: false,
    });
    expect(hold["obligations"]).toEqual([
      {
        type: "approval",
        rule: "two-people",
        approvers: ["cto@company.com", "role:hr"],
        quorum: 2,
        within_ms: 3_600_000,
        requester_may_approve: false,
      },
    ]);
    const asked = await api.authorize({ ...salaries, consume: true });
    const [{ approval_id: id }] = asked["obligations"] as [{ approval_id: string }];
    expect(await api.authorize({ ...salaries, consume: true })).toMatchObject({
      obligations: [{ approval_id: id }],
    });

    const decide = async (act: string, body: object, headers: Record<string, string> = {}) =>
      api.post(`/approvals/${id}/${act}`, body, headers);
    const list = (await (await fetch(`${api.url}/approvals?principal=bo`)).json()) as {
      items: object[];
      next: null;
    };
    expect(list).toMatchObject({
      items: [{ id, state: "pending", target: "read_salaries", args: { year: 2026 } }],
      next: null,
    });
    expect((await decide("approve", {})).status).toBe(400);
    expect((await decide("approve", { approver: "bo" })).status).toBe(403);
    expect((await decide("approve", { approver: "eve" })).status).toBe(403);
    expect((await decide("approve", { approver: "cto@company.com", preview: "sha256:0" })).status).toBe(412);
    const seen = await fetch(`${api.url}/approvals/${id}`);
    const etag = seen.headers.get("etag") ?? "";
    expect((await fetch(`${api.url}/approvals/${id}`, { headers: { "if-none-match": etag } })).status).toBe(
      304,
    );
    const first = await decide("approve", { approver: "cto@company.com" }, { "if-match": etag });
    expect(await first.json()).toMatchObject({
      state: "pending",
      missing: [{ rule: "two-people", more: 1 }],
    });
    const stale = await decide("deny", { approver: "cto@company.com" }, { "if-match": etag });
    expect([stale.status, ((await stale.json()) as { code: string }).code]).toEqual([
      412,
      "changed-meanwhile",
    ]);
    expect((await decide("approve", { approver: "cto@company.com" })).status).toBe(409);

    // Somebody with the role decides by their own credential, and in nobody else's name.
    api.credential = { id: "hana", tenant: "default", roles: ["hr"], scopes: [], source: "token" };
    expect((await decide("approve", { approver: "cto@company.com" })).status).toBe(403);
    expect(await (await decide("approve", { reason: "ok" })).json()).toMatchObject({ state: "approved" });
    api.credential = ANONYMOUS;
    expect(await api.authorize({ ...salaries, consume: true })).toMatchObject({
      allowed: true,
      decision: "allow",
    });
    expect(await api.authorize({ ...salaries, consume: true })).toMatchObject({
      allowed: false,
      decision: "hold",
    });
  });

  test("nobody is asked about a number that was rounded", async () => {
    const body = `{"tenant_id":"default","principal":"bo","resource_id":"files/read_salaries","operation":"tools/call","consume":true,"args":{"year":1.00000000000000001}}`;
    expect(await (await api.post("/authorize", body)).json()).toMatchObject({
      allowed: false,
      reason: "invalid_argument",
      policies: ["inexact-number"],
    });
  });

  test("nobody hears of an approval that is not theirs", async () => {
    const asked = await api.authorize({
      resource_id: "files/read_salaries",
      operation: "tools/call",
      principal: "carl",
      consume: true,
    });
    const [{ approval_id: id }] = asked["obligations"] as [{ approval_id: string }];
    api.credential = { ...ANA, id: "eve" };
    expect((await fetch(`${api.url}/approvals/${id}`)).status).toBe(404);
    expect((await api.post(`/approvals/${id}/approve`, {})).status).toBe(404);
    expect(
      ((await (await fetch(`${api.url}/approvals?state=all`)).json()) as { items: object[] }).items,
    ).toEqual([]);
  });

  test("a long list comes in pages", async () => {
    for (let year = 0; year < 3; year++)
      await api.authorize({
        resource_id: "files/read_salaries",
        operation: "tools/call",
        principal: "pat",
        args: { year },
        consume: true,
      });
    type Page = { items: { id: string }[]; next: string | null };
    const page = async (rest: string) =>
      (await (await fetch(`${api.url}/approvals?principal=pat&limit=2${rest}`)).json()) as Page;
    const one = await page("");
    expect(one.items).toHaveLength(2);
    const two = await page(`&cursor=${one.next ?? ""}`);
    expect(two).toMatchObject({ items: [{}], next: null });
    expect(new Set([...one.items, ...two.items].map(({ id }) => id)).size).toBe(3);
    expect((await fetch(`${api.url}/approvals?cursor=nonsense`)).status).toBe(400);
  });
});

describe("who it is about", () => {
  test("is whoever asks, unless that one may ask for others [X9]", async () => {
    const write = { resource_id: "files/write_file", operation: "tools/call", args: { size: 1 } };
    api.credential = ANA;
    expect(await api.authorize(write)).toMatchObject({ allowed: true });
    expect(await api.authorize({ ...write, principal: "ana" })).toMatchObject({ allowed: true });
    expect(await api.authorize({ ...write, principal: { id: "ana", roles: [] } })).toMatchObject({
      allowed: true,
    });
    for (const about of [
      { principal: "bo" },
      { principal: { id: "ana", roles: ["admin"] } },
      { tenant_id: "acme" },
    ]) {
      const refused = await api.post("/authorize", { tenant_id: "default", ...write, ...about });
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
        403,
        "not-for-others",
      ]);
    }
    api.credential = OPERATOR;
    expect(await api.authorize(write)).toMatchObject({ allowed: false });
    expect(await api.authorize({ ...write, principal: "ana" })).toMatchObject({ allowed: true });
    const elsewhere = await api.post("/authorize", { ...write, tenant_id: "acme", principal: "ana" });
    expect(elsewhere.status).toBe(403);
  });
});

describe("what is remembered", () => {
  const policy = (...rules: object[]) =>
    compile([{ file: "policy", text: JSON.stringify({ rules }) }], { resourceArgs: () => ["path"] });
  const allow = { name: "read", match: { tool: "read_*" }, allow: true };

  test("is the verdict on the same question under the same policy, and nothing else", async () => {
    const one = policy(allow);
    const other = policy({ ...allow, name: "deny", allow: undefined, deny: true, why: "No." });
    let current = one;
    const own = await openApi({
      policy: { rules: [allow] },
      gate: (gate) => ({ ...gate, policy: one, inForce: () => ({ policy: current, order: gate.order }) }),
    });
    try {
      const ask = (change: object = {}) => own.authorize({ ...read, args: { path: "/a" }, ...change });
      expect(await ask()).toMatchObject({ allowed: true, cached: false, ttl_seconds: 5 });
      expect(await ask()).toMatchObject({ allowed: true, cached: true, ttl_seconds: 5 });
      for (const change of [
        { args: { path: "/b" } },
        { principal: "bo" },
        { principal: "carl" },
        { era: "legacy" },
        { client: { name: "c", version: "1" } },
        { principal: { id: "bo", roles: ["r"] } },
      ])
        expect(await ask(change)).toMatchObject({ cached: false });
      expect(await ask({ consume: true })).toMatchObject({ cached: false, recorded: true });
      current = other;
      expect(await ask()).toMatchObject({ allowed: false, cached: false });
      current = one;
      expect(await ask()).toMatchObject({ allowed: true });
      own.gate.catalogue.learn("files", "default/anonymous", "tools/list", new Map([["read_file", {}]]));
      expect(await ask()).toMatchObject({ allowed: true, cached: false });
    } finally {
      await own.close();
    }
  });

  test("is nobody's who signed in otherwise", async () => {
    const rule = {
      name: "second",
      match: {},
      when: '!("mfa" in principal.amr)',
      deny: true,
      why: "Sign in.",
    };
    const own = await openApi({ policy: { rules: [rule, allow] } });
    try {
      own.credential = { ...ANA, source: "token", amr: ["pwd", "mfa"] };
      expect(await own.authorize(read)).toMatchObject({ allowed: true });
      own.credential = { ...ANA, source: "token", amr: ["pwd"] };
      expect(await own.authorize(read)).toMatchObject({ allowed: false, cached: false });
    } finally {
      await own.close();
    }
  });

  test.each([
    ["hours", { resource_id: "files/read_mail" }],
    ["limits", { resource_id: "files/read_slowly" }],
    ["people", { resource_id: "files/read_salaries" }],
  ])("is no verdict that depends on %s", async (_, change) => {
    const ask = () => api.authorize({ ...read, ...change, principal: "dora" });
    await ask();
    expect(await ask()).toMatchObject({ cached: false, ttl_seconds: 0 });
  });

  test("is nothing where somebody else has a vote", async () => {
    const voters = { ...NO_VOTERS };
    const own = await openApi({ policy: POLICY, gate: (gate) => ({ ...gate, voters }) });
    try {
      await own.authorize(read);
      expect(await own.authorize(read)).toMatchObject({ allowed: true, cached: false, ttl_seconds: 0 });
    } finally {
      await own.close();
    }
  });
});

describe("POST /authorize/batch", () => {
  test("answers each question in its place, and no wrong one spoils another", async () => {
    const item = { tenant_id: "default", ...read };
    const response = await api.post("/authorize/batch", {
      items: [
        item,
        { ...item, tenant_id: undefined },
        { ...item, resource_id: "files", operation: "tools/call" },
        7,
        item,
      ],
    });
    expect(response.status).toBe(200);
    const { items } = (await response.json()) as { items: { status: number }[] };
    expect(items.map(({ status }) => status)).toEqual([200, 400, 422, 400, 200]);
    expect(items[1]).toMatchObject({
      problem: { code: "invalid-request", errors: [{ pointer: "/tenant_id" }] },
    });
    expect(
      (await api.post("/authorize/batch", { items: Array.from({ length: 101 }, () => ({ ...item })) }))
        .status,
    ).toBe(400);
  });
});

describe("where the gate only observes", () => {
  test("everything passes, and what would have been is told", async () => {
    const own = await openApi({ policy: POLICY, mode: "observe" });
    try {
      expect(await own.authorize({ resource_id: "files/move_file", operation: "tools/call" })).toMatchObject({
        allowed: true,
        decision: "allow",
        reason: "observed",
      });
    } finally {
      await own.close();
    }
  });
});

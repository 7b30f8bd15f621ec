import { request as send } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { questionPage } from "../../src/admin/page/question.ts";
import { desk } from "../../src/approval/desk.ts";
import { differences } from "../../src/approval/difference.ts";
import { lettersOf } from "../../src/approval/letters.ts";
import { previewOf, shownJson } from "../../src/approval/preview.ts";
import { approvalId, callId, type NoticeId } from "../../src/call/id.ts";
import { member } from "../../src/call/json.ts";
import type { Hold } from "../../src/call/verdict.ts";
import { heard } from "../../src/gateway/waiting/hold.ts";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { plainText, wordsOf } from "../../src/notify/words.ts";
import type { Matter, Question } from "../../src/store/approvals.ts";
import { letterRow } from "../../src/store/outbox.ts";
import { DEFAULT_BOUNDS, decode } from "../../src/wire/frame.ts";
import { type Api, openApi } from "../admin/api.ts";

const ASK = { approvers: ["cto", "role:finance"], within: "1h" };
let api: Api;
beforeAll(async () => {
  api = await openApi({
    policy: {
      rules: [
        { name: "pay", match: { server: "bank", tool: "pay" }, ask: ASK, why: "Money." },
        {
          name: "wipe",
          match: { server: "bank", tool: "wipe" },
          access: { approvers: ["cto"], for: "1h", break_glass: true },
          why: "Emergencies.",
        },
        { name: "write", match: { server: "bank", resource: "/payments" }, ask: ASK, why: "Money." },
      ],
    },
    servers: ["bank"],
  });
});
afterAll(() => api.close());
const as = (id: string, roles: readonly string[] = []): void => {
  api.credential = { ...ANONYMOUS, id, roles, source: "token" };
};
beforeEach(() => as("ana"));

/** As Envoy asks; gives the status. */
function forwarded(path: string, body: string, fields: Readonly<Record<string, string>> = {}) {
  return new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const headers = {
      "content-length": Buffer.byteLength(body),
      "content-type": "application/json",
      ...fields,
    };
    const to = {
      hostname,
      port,
      method: "POST",
      path: `/governance/v1/ext_authz${path}`,
      headers,
      agent: false,
    };
    const sent = send(to, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
async function said(path: string, body?: object): Promise<Record<string, unknown>> {
  const response = body === undefined ? await fetch(`${api.url}${path}`) : await api.post(path, body);
  return { ...((await response.json()) as object), http: response.status };
}
const open = async (): Promise<readonly Question[]> =>
  (await api.gate.desk.list("default", { open: Date.now(), limit: 100 })).map(({ question }) => question);
async function approved(): Promise<void> {
  as("cto");
  for (const { id } of await open()) expect((await said(`/approvals/${id}/approve`, {}))["http"]).toBe(200);
  as("ana");
}
const asked = (n: number): Promise<Record<string, unknown>> => {
  const question = { tenant_id: "default", resource_id: "bank/pay", operation: "tools/call", args: { n } };
  return said("/authorize", { ...question, consume: true });
};

test("what is forwarded is approved with its whole body, once", async () => {
  const pay = (more: object): string => {
    const params = { name: "pay", arguments: { to: "bo" }, ...more };
    return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  };
  for (const more of [{ task: { ttl: 1 } }, { inputResponses: { sure: true } }, { requestState: "s" }]) {
    expect(await forwarded("/mcp/bank", pay({}))).toBe(403);
    await approved();
    expect(await forwarded("/mcp/bank", pay(more))).toBe(403);
  }
  await approved();
  expect(await forwarded("/mcp/bank", pay({ requestState: "s" }))).toBe(200);
  expect(await forwarded("/mcp/bank", pay({ requestState: "s" }))).toBe(403);

  expect(await forwarded("/bank/payments", '{"amount":1}')).toBe(403);
  await approved();
  expect(await forwarded("/bank/payments", '{"amount":1000000}')).toBe(403);
  expect(await forwarded("/bank/payments", '{"amount":1}')).toBe(200);
  const before = (await open()).length;
  expect(await forwarded("/bank/payments", "{", { "x-envoy-auth-partial-body": "true" })).toBe(403);
  expect(await open()).toHaveLength(before);
});

test("a role is nobody's name", async () => {
  await asked(1);
  const [{ id } = { id: "" }] = await open();
  api.credential = ANONYMOUS;
  const asserted = await said(`/approvals/${id}/approve`, { approver: "role:finance" });
  expect([asserted["http"], asserted["code"]]).toEqual([403, "not-approver"]);
  as("role:finance");
  expect((await said(`/approvals/${id}`))["http"]).toBe(404);
  as("flo", ["finance"]);
  expect((await said(`/approvals/${id}/approve`, {}))["state"]).toBe("approved");
});

test("no cursor tells of somebody else's questions", async () => {
  for (const n of [11, 12, 13]) await asked(n);
  const own = await said("/approvals?state=all&limit=2");
  expect(own["items"]).toHaveLength(2);
  const rest = await said(`/approvals?state=all&limit=200&cursor=${String(own["next"])}`);
  expect((rest["items"] as readonly object[]).length).toBeGreaterThan(0);
  expect(rest["next"]).toBe(null);
  as("eve");
  expect(await said("/approvals?state=all&principal=ana&target=pay&limit=1")).toMatchObject({
    items: [],
    next: null,
  });
});

/** What a gate makes of a call that asks, by its bytes. */
async function called(amount: string): Promise<Matter | string> {
  const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","arguments":{"to":"bo","amount":${amount}}}}`;
  const frame = decode(Buffer.from(text), DEFAULT_BOUNDS);
  const params = frame.message.kind === "request" ? frame.message.params : {};
  const at = Date.now();
  const call = {
    id: callId(at),
    at,
    principal: api.credential,
    client: undefined,
    era: "modern" as const,
    server: "bank",
    method: "tools/call",
    target: { kind: "tool" as const, name: "pay" },
    args: member(params, "arguments") as Record<string, never>,
    meta: {},
    inexact: [],
  };
  const verdict = api.gate.policy.judge(call, []) as Hold;
  const decision = { call, verdict, edits: [], findings: [], trail: [] };
  const { matter, verdict: said } = await heard(api.gate, decision, verdict, frame, undefined);
  return matter ?? said.kind;
}

test("a number that a double does not keep is shown as it is spelled, and no other is approved with it", async () => {
  const first = await called("1");
  if (typeof first === "string" || first.kind !== "ask") throw new Error("nobody was asked");
  expect(first.question.shown).toMatchObject({ whole: true });
  const odd = await called("90071992547409931");
  if (typeof odd === "string" || odd.kind !== "ask") throw new Error("nobody was asked");
  const { shown } = odd.question;
  expect(shown).toMatchObject({ args: { to: "bo", amount: "[number 90071992547409931]" }, whole: false });

  const { approvals } = api.running.store.forTenant("default");
  await approvals.ask(first.question, []);
  as("cto");
  const args = { to: "bo", amount: 9007199254740992 };
  const changed = await api.gate.desk.change(
    "default",
    first.question.id,
    { id: "cto", roles: [], source: "token" },
    args,
    "",
  );
  expect(changed.kind).toBe("done");
  as("ana");
  expect(await called("9007199254740992.0")).toMatchObject({ kind: "use" });
  expect(await called("9007199254740993")).toMatchObject({ kind: "ask" });
});

test("nothing hides from an approver: not in letters, names, words or the paths of what differs", async () => {
  // A direction, nothing wide, two fillers that are letters, two selectors that are marks, and a blank of Braille.
  const odd = "a\u202eb\u200bc\u3164d\u115fe\ufe0ff\u{e0101}g\u2800h";
  const hidden = /\u202e|\u200b|\u3164|\u115f|\ufe0f|\u{e0101}|\u2800/u;
  await asked(30);
  const [question] = await open();
  if (question === undefined) throw new Error("nobody was asked");
  const shown = { ...question.shown, server: odd, target: odd, client: odd, args: { [odd]: odd } };
  const by = { id: odd, roles: [], source: "asserted" };
  const act = {
    seq: 1,
    at: 1,
    by,
    reason: odd,
    deed: { kind: "delegate", to: odd },
    state: "pending",
  } as const;
  const sought = { kind: "access", for_ms: 1000, reason: odd, tools: [odd] } as const;
  for (const more of [{ shown }, { shown, sought }]) {
    const approval = { question: { ...question, principal: odd, ...more }, acts: [act] };
    const viewer = { name: odd, may_decide: true, signature: "" };
    const page = questionPage(approval, viewer, { now: Date.now(), history: [] });
    expect(page.replaceAll(`<strong>${odd}</strong>`, "")).not.toMatch(hidden);
    expect(previewOf(approval.question).text).not.toMatch(hidden);
  }
  expect(differences({}, { [odd]: 1 }).join("")).not.toMatch(hidden);
  expect(JSON.parse(shownJson({ [odd]: odd }))).toEqual({ [odd]: odd });
  const letter = { id: "ntc_", tenant: "default", at: 1, topic: "approval.asked", about: "apr_", to: "log:" };
  const data = { principal: odd, tool: odd, message: odd };
  expect(plainText(wordsOf({ ...letter, id: letter.id as NoticeId, data }, undefined))).not.toMatch(hidden);
  const long = previewOf({ ...question, shown: { ...shown, target: "x".repeat(600) } }).text;
  expect(long).toContain("… (100 more characters)");
});

test("nobody buries people in questions, nor what waits for a review below others", async () => {
  as("zoe");
  for (let n = 0; n < 100; n++) expect((await asked(n))["reason"]).toBe("approval_required");
  expect(await asked(100)).toMatchObject({ reason: "limit_reached", recorded: true });
  expect((await asked(99))["reason"]).toBe("approval_required");
  as("ana");
  expect((await asked(100))["reason"]).toBe("approval_required");

  as("eve");
  const wanted = { for: "1s", tools: ["wipe"] };
  const took = await said("/access-requests", { ...wanted, reason: "fire", break_glass: true });
  expect(took["state"]).toBe("approved");
  await expect.poll(async () => (await said(`/approvals/${String(took["id"])}`))["state"]).toBe("unreviewed");
  const codes: unknown[] = [];
  for (let n = 0; n < 21; n++)
    codes.push((await said("/access-requests", { ...wanted, reason: `${n}` }))["http"]);
  expect(codes).toEqual([...Array<number>(20).fill(201), 422]);
  expect(await said("/access-requests", { ...wanted, reason: "more", break_glass: true })).toMatchObject({
    http: 422,
    detail: expect.stringContaining(String(took["id"])) as string,
  });
});

test("who asks in another's name does not decide about it either", async () => {
  as("cto", ["operator"]);
  const for_flo = {
    tenant_id: "default",
    resource_id: "bank/pay",
    operation: "tools/call",
    principal: "flo",
  };
  const question = { ...for_flo, args: { n: 40 }, consume: true };
  const held = await said("/authorize", question);
  const [{ approval_id: id = "" } = {}] = held["obligations"] as readonly { approval_id?: string }[];
  expect(await said(`/approvals/${id}/approve`, {})).toMatchObject({ http: 403, code: "not-approver" });
  expect(JSON.stringify(await said(`/approvals/${id}`))).toContain("flo, put by cto");
  as("fin", ["finance"]);
  expect(await said(`/approvals/${id}/delegate`, { to: "cto" })).toMatchObject({ http: 403 });
  expect((await said(`/approvals/${id}/approve`, {}))["state"]).toBe("approved");
  as("cto", ["operator"]);
  expect((await said("/authorize", question))["decision"]).toBe("allow");

  const wanted = { for: "1h", reason: "r", tools: ["wipe"], principal: "flo" };
  const sought = await said("/access-requests", wanted);
  expect(await said(`/approvals/${String(sought["id"])}/approve`, {})).toMatchObject({ http: 403 });
});

test("a name that is too long for a notice is shortened there, and people are asked all the same", () => {
  const ask = {
    ...ASK,
    rule: "r",
    version: "",
    quorum: 1,
    within_ms: 1,
    requester_may_approve: false,
    why: "",
  };
  const asks = [{ ...ask, notify: ["log:"] }];
  const shown = { server: "bank", method: "resources/read", target: "x".repeat(20_000) };
  const letters = lettersOf(
    { asks, shown, id: "apr_", at: 1 } as unknown as Question,
    "default",
    "approval.asked",
  );
  expect(() => letters.map(letterRow)).not.toThrow();
});

test("no time hides what waits for a review", async () => {
  const { store, gate } = api.running;
  const then = Date.now() - 400 * 86_400_000;
  const [access] = gate.policy.offers(api.credential);
  if (access === undefined) throw new Error("nothing is offered");
  const at = desk(store, () => then, approvalId);
  const by = { id: "old", roles: [], source: "token" };
  const wanted = { tenant: "default", by, kind: "break_glass", for_ms: 1000, reason: "fire" } as const;
  const id = await at.request(wanted, access, "");
  await gate.grants.refresh();
  expect(gate.grants.unreviewed({ ...api.credential, id: "old" }, Date.now())).toBe(id);
});

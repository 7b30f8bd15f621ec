import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actId, type CallId, callId } from "../../src/call/id.ts";
import type { Principal } from "../../src/call/principal.ts";
import { closed, opened } from "../faults/journal-events.ts";
import { type Api, openApi } from "./api.ts";

const someone = (roles: readonly string[], tenant = "default"): Principal => ({
  id: roles.join("+"),
  tenant,
  roles,
  scopes: [],
  source: "token",
});
const AUDITOR = someone(["auditor"]);

let api: Api;
let calls: readonly CallId[];
let origin: string;
const began = Date.now() - 60_000;
beforeAll(async () => {
  api = await openApi();
  origin = new URL(api.url).origin;
  const { journal, acts } = api.running.store.forTenant("default");
  calls = Array.from({ length: 6 }, (_, at) => callId(began + at));
  await journal.append(
    calls.flatMap((id, at) => [
      opened(id, {
        at: began + at,
        principal: at < 3 ? "ana" : "bo",
        verdict: at === 5 ? "deny" : "allow",
        detail: {
          mode: "enforce",
          intent: "read",
          args: { note: "the secret garden" },
          ...(at === 5 && { why: "Not yours." }),
          findings: [{ guard: "pii", class: "pii", severity: "low", score: 0.4 }],
        },
      }),
      closed(id, { status: at === 5 ? "denied" : "ok" }),
    ]),
  );
  await acts.write({
    kind: "act",
    id: actId(began + 10),
    at: began + 10,
    principal: "root",
    action: "key.made",
    object: "key_1",
    outcome: "ok",
    detail: { roles: ["garden"] },
  });
});
afterAll(() => api.close());

async function get(path: string, credential: Principal = AUDITOR) {
  api.credential = credential;
  const response = await fetch(path.startsWith("/audit") ? `${api.url}${path}` : `${origin}${path}`);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}
function parsed(text: string) {
  try {
    return JSON.parse(text) as never as {
      readonly items: readonly { readonly id: string; readonly kind: string }[];
      readonly next: string | null;
      readonly code: string;
    };
  } catch {
    return { items: [], next: null, code: "" };
  }
}
const acts = async (action: string) =>
  await api.running.store.forTenant("default").acts.find({ action, order: "newest", limit: 10 });

describe("records over the API", () => {
  test("are for who may read them, each in the own tenant", async () => {
    for (const roles of [["user"], ["operator"], ["viewer"], ["approver"], ["dpo"], []])
      expect((await get("/audit/entries", someone(roles))).status).toBe(403);
    for (const roles of [["auditor"], ["tenant_admin"], ["admin"]])
      expect((await get("/audit/entries", someone(roles))).status).toBe(200);
    expect((await get("/audit/entries", someone(["auditor"], "acme"))).body.items).toEqual([]);
    expect((await get("/audit/entries?tenant_id=default", someone(["auditor"], "acme"))).status).toBe(403);
    for (const path of ["/audit/export", "/governance/tool-logs", "/governance/violations"])
      expect((await get(path, someone(["user"]))).status).toBe(403);
    expect((await get("/api/cache/security/audit/trail", someone(["user"]))).status).toBe(403);
  });

  test("come in pages, calls and acts in one order", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body } = await get(
        `/audit/entries?limit=3&until=${new Date(began + 1000).toISOString()}${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.next;
    }
    expect(seen.slice(1)).toEqual(calls.toReversed());
    expect(seen[0]).toMatch(/^act_/);
    const one = await get("/audit/entries?principal=ana&kinds=calls&order=oldest");
    expect(one.body.items.map(({ id }) => id)).toEqual(calls.slice(0, 3));
    expect((await get("/audit/entries?finding=pii&limit=2")).body.items).toHaveLength(2);
    expect((await get("/audit/entries?finding=secret")).body.items).toEqual([]);
  });

  test("show what was said only to who asks for it and may, and that is an act on record", async () => {
    const plain = await get("/audit/entries");
    expect(plain.text).not.toContain("garden");
    expect((await get("/audit/entries?text=garden")).body.items).toEqual([]);
    expect(await acts("payload.opened")).toEqual([]);
    expect((await get("/audit/entries?payload=true", someone(["tenant_admin"]))).status).toBe(403);
    const opened_ = await get("/audit/entries?text=GARDEN&payload=true&kinds=calls");
    expect(opened_.body.items).toHaveLength(6);
    expect(opened_.text).toContain("the secret garden");
    const [act] = await acts("payload.opened");
    expect(act?.act).toMatchObject({ principal: "auditor", outcome: "ok" });
  });

  test("show what was said of persons only to who may open that, in pages, searches and exports", async () => {
    const tenant_id = "clinic";
    const of = (roles: readonly string[]) => someone(roles, tenant_id);
    const [patient, told, other] = [0, 1, 2].map((at) => callId(began + at));
    const { journal } = api.running.store.forTenant(tenant_id);
    const said = { args: { note: "the broken leg" } };
    await journal.append([
      opened(patient ?? callId(1), { detail: { ...said, classification: "sensitive_personal" } }),
      opened(told ?? callId(1), { detail: said }),
      closed(told ?? callId(1), { detail: { findings: [{ guard: "pii", class: "pii" }] } }),
      opened(other ?? callId(1), { detail: { ...said, classification: "restricted" } }),
    ]);
    const page = "/audit/entries?payload=true&kinds=calls";
    for (const [roles, seen] of [
      [["auditor"], [other]],
      [
        ["auditor", "dpo"],
        [other, told, patient],
      ],
    ] as const) {
      const found = await get(`${page}&text=broken`, of(roles));
      expect(found.body.items.map(({ id }) => id)).toEqual(seen);
      for (const path of [
        page,
        "/audit/export?redact=none&kinds=calls",
        "/audit/export?redact=personal&kinds=calls",
      ])
        expect((await get(path, of(roles))).text.split("broken leg")).toHaveLength(seen.length + 1);
      expect((await get(`/audit/entries/${patient}?payload=true`, of(roles))).text.includes("leg")).toBe(
        seen.length === 3,
      );
    }
  });

  test("are had one by one, and traced", async () => {
    const [id = ""] = calls;
    expect((await get(`/audit/entries/${id}`)).body).toMatchObject({ id, kind: "call" });
    const act = (await acts("key.made"))[0]?.act.id ?? "";
    expect((await get(`/audit/entries/${act}`)).body).toMatchObject({ id: act, action: "key.made" });
    expect(
      (await get(`/audit/entries/${act.replace(/.$/, (last) => (last === "0" ? "1" : "0"))}`)).status,
    ).toBe(404);
    expect((await get("/audit/entries/nothing")).status).toBe(404);
    const traced = (await get(`/audit/trace/${calls[5]}`)).body as never as {
      readonly steps: readonly { readonly step: string; readonly what: string }[];
    };
    expect(traced.steps.map(({ step }) => step)).toEqual(["request", "decision", "result"]);
    expect((await get(`/audit/trace/${callId(1)}`)).status).toBe(404);
  });

  test("go out as a file that is put on record", async () => {
    const { text, headers } = await get("/audit/export?format=csv&server=files");
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("content-disposition")).toMatch(
      /^attachment; filename="records-default-[\d-]+\.csv"$/,
    );
    expect(text.trimEnd().split("\r\n")).toHaveLength(7);
    expect(text).not.toContain("garden");
    expect((await get("/audit/export?redact=none", someone(["tenant_admin"]))).status).toBe(403);
    expect((await get("/audit/export?redact=none")).text).toContain("garden");
    expect((await acts("records.exported")).map(({ act }) => act.detail["format"])).toEqual([
      "ndjson",
      "csv",
    ]);
  });

  test("are refused where a parameter is none", async () => {
    for (const path of [
      "/audit/entries?limit=0",
      "/audit/entries?cursor=x",
      "/audit/entries?since=yesterday",
      "/audit/entries?nothing=1",
      "/governance/tool-logs?hours=abc",
    ])
      expect([path, (await get(path)).status]).toEqual([path, 400]);
  });
});

describe("the same records as other gates of this family give them", () => {
  test("tool logs and violations", async () => {
    const logs = (await get("/governance/tool-logs?server_name=files&hours=24"))
      .body as never as readonly object[];
    expect(logs).toHaveLength(6);
    expect(logs[0]).toMatchObject({
      server_name: "files",
      tool_name: "read_file",
      event_type: "tool_completion",
      status: "denied",
      inputs: null,
    });
    expect(logs[1]).toMatchObject({ status: "success", error_message: null });
    const violations = (await get("/governance/violations?hours=1")).body;
    expect(violations).toMatchObject([
      { decision: "denied", governance_version: "1.0", policy_applied: { id: "read-files" } },
    ]);
    expect((await get("/governance/tool-logs?payload=true")).text).toContain("the secret garden");
    expect((await get("/governance/tool-logs?server_name=elsewhere")).body).toEqual([]);
  });

  test("the security trail", async () => {
    const { body } = await get("/api/cache/security/audit/trail?user_id=bo&limit=2");
    expect(body).toMatchObject({
      entries: [
        { id: calls[5], user_id: "bo", outcome: "denied" },
        { id: calls[4], user_id: "bo", outcome: "success" },
      ],
    });
    const { next_cursor } = body as never as { readonly next_cursor: string };
    const rest = (await get(`/api/cache/security/audit/trail?user_id=bo&cursor=${next_cursor}`)).body;
    expect(rest).toMatchObject({ entries: [{ id: calls[3] }], next_cursor: null });
    const file = await get("/api/cache/security/audit/export?format=json&start_date=2025-01-01&user_id=ana");
    expect(JSON.parse(file.text)).toHaveLength(3);
    expect((await get("/api/cache/security/audit/export?start_date=2100-01-01")).body).toEqual([]);
  });
});

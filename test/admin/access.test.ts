import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, openApi } from "./api.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi({
    policy: {
      rules: [
        {
          name: "offered",
          match: { server: "files", tool: "wipe", principal: "ana" },
          access: { approvers: ["cto@company.com"], for: "8h", break_glass: true },
          why: "Wiping is asked for.",
        },
        {
          name: "readable",
          match: { server: "files", resource: "sensitive_data", principal: "user123" },
          access: { approvers: ["cto@company.com"] },
          why: "Sensitive.",
        },
      ],
    },
  });
});
afterAll(() => api.close());

async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(path.startsWith("/api/") ? new URL(path, api.url) : `${api.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const WIPE = { tenant_id: "default", resource_id: "files/wipe", operation: "tools/call", principal: "ana" };

test("access that is asked for and approved over the API is what authorize then says, until it is taken back", async () => {
  expect((await post("/authorize", WIPE)).body["allowed"]).toBe(false);
  const asked = await post("/access-requests", {
    for: "2h",
    reason: "cleaning",
    tools: ["wipe"],
    principal: "ana",
  });
  expect([asked.status, asked.body["state"], asked.body["principal"]]).toEqual([201, "pending", "ana"]);
  const id = String(asked.body["id"]);
  const again = await post("/access-requests", {
    for: "2h",
    reason: "cleaning",
    tools: ["wipe"],
    principal: "ana",
  });
  expect([again.status, again.body["code"]]).toEqual([422, "unjudgeable"]);
  const own = await post(`/approvals/${id}/approve`, { approver: "ana" });
  expect([own.status, own.body["code"]]).toEqual([403, "not-approver"]);
  expect((await post(`/approvals/${id}/approve`, { approver: "cto@company.com" })).status).toBe(200);
  await expect
    .poll(async () => (await post("/authorize", WIPE)).body["allowed"], { timeout: 10_000 })
    .toBe(true);
  expect((await post(`/approvals/${id}/deny`, { approver: "cto@company.com" })).status).toBe(200);
  await expect
    .poll(async () => (await post("/authorize", WIPE)).body["allowed"], { timeout: 10_000 })
    .toBe(false);
});

test("an emergency holds at once and waits for its review", async () => {
  const taken = await post("/access-requests", {
    for: "1h",
    reason: "outage",
    break_glass: true,
    principal: "ana",
  });
  expect([taken.status, taken.body["state"]]).toEqual([201, "approved"]);
  expect((await post("/authorize", WIPE)).body["allowed"]).toBe(true);
  const reviewed = await post(`/approvals/${String(taken.body["id"])}/review`, {
    approver: "cto@company.com",
  });
  expect([reviewed.status, reviewed.body["state"]]).toEqual([200, "reviewed"]);
});

test("what no rule offers, for too long, or without a reason is refused with what is wrong", async () => {
  const cases: readonly (readonly [object, number, string])[] = [
    [{ for: "9h", reason: "x", principal: "ana" }, 422, "for 8h at most"],
    [{ for: "1h", reason: "x", principal: "eve" }, 422, "no rule offers eve any access"],
    [{ for: "1h", principal: "ana" }, 400, "/reason"],
    [{ for: "soon", reason: "x", principal: "ana" }, 400, "/for"],
    [{ for: "0h", reason: "x", principal: "ana" }, 400, "/for"],
    [{ for: "1h", reason: "x", principal: "ana", rule: "other" }, 422, "those that offer something: offered"],
  ];
  for (const [body, status, text] of cases) {
    const came = await post("/access-requests", body);
    expect([came.status, JSON.stringify(came.body)]).toEqual([status, expect.stringContaining(text)]);
  }
});

test("caches ask for one operation on one key", async () => {
  const body = {
    user_id: "user123",
    operation: "read",
    key: "sensitive_data",
    reason: "Business requirement",
  };
  const asked = await post("/api/cache/security/access-requests", body);
  expect([asked.status, asked.body]).toEqual([
    201,
    {
      request_id: expect.stringMatching(/^apr_/),
      status: "pending",
      expires_at: expect.stringMatching(/^\d{4}-/),
    },
  ]);
  const of = await post("/api/cache/security/access-requests", {
    ...body,
    reason: "Audit",
    data_classification: "confidential",
  });
  const seen = await fetch(`${api.url}/approvals/${String(of.body["request_id"])}`);
  expect(await seen.json()).toMatchObject({
    args: {
      operations: ["resources/read"],
      resources: ["sensitive_data"],
      reason: "Audit (confidential data)",
    },
  });
  const nobody = await post("/api/cache/security/access-requests", { ...body, user_id: undefined });
  expect([nobody.status, JSON.stringify(nobody.body)]).toEqual([400, expect.stringContaining("user_id")]);
  expect((await post("/api/cache/security/access-requests", { ...body, reason: "" })).status).toBe(400);
});

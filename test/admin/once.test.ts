import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { KEY_MS } from "../../src/store/idempotency.ts";
import { type Api, openApi } from "./api.ts";

const POLICY = {
  rules: [
    { name: "read", match: { server: "files" }, allow: true },
    { name: "few", match: { tool: "read_file" }, limit: { rate: "1000/hour" } },
  ],
};
let api: Api;
let now = Date.parse("2026-11-20T10:00:00Z");
beforeAll(async () => {
  api = await openApi({ policy: POLICY, gate: (gate) => ({ ...gate, now: () => now }) });
});
afterAll(() => api.close());

const question = {
  tenant_id: "default",
  resource_id: "files/read_file",
  operation: "tools/call",
  consume: true,
};

async function sent(key: string, body: unknown = question, path = "/authorize") {
  const response = await api.post(path, body, { "idempotency-key": key });
  const text = await response.text();
  return {
    status: response.status,
    text,
    replayed: response.headers.get("idempotency-replayed"),
    type: response.headers.get("content-type"),
  };
}

async function recorded(): Promise<number> {
  return (await api.running.store.forTenant("default").journal.list({ limit: 1000 })).length;
}

describe("Idempotency-Key", () => {
  test("a request is done once, and answered the same however often it is sent", async () => {
    const before = await recorded();
    const first = await sent("a");
    expect(first).toMatchObject({ status: 200, replayed: null });
    expect(await sent("a")).toEqual({ ...first, replayed: "true" });
    expect(await recorded()).toBe(before + 1);
    await sent("b");
    expect(await recorded()).toBe(before + 2);
  });

  test("sent many times at once it is done once; the others are told to wait, or the answer", async () => {
    const before = await recorded();
    const all = await Promise.all(Array.from({ length: 10 }, () => sent("at-once")));
    expect(await recorded()).toBe(before + 1);
    expect(all.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    for (const { status, text } of all)
      if (status !== 200)
        expect([status, (JSON.parse(text) as { code: string }).code]).toEqual([409, "key-in-use"]);
  });

  test("another request under the same key is refused, and so is another route", async () => {
    await sent("c");
    for (const reply of [
      await sent("c", { ...question, resource_id: "files/x" }),
      await sent("c", { policy: "" }, "/validate"),
    ])
      expect([reply.status, (JSON.parse(reply.text) as { code: string }).code]).toEqual([422, "key-reused"]);
  });

  test("a refusal is remembered as it was; what has the wrong shape takes no key", async () => {
    const wrong = { ...question, resource_id: "files" };
    const first = await sent("d", wrong);
    expect(first.status).toBe(422);
    expect(await sent("d", wrong)).toEqual({ ...first, replayed: "true" });
    expect((await sent("e", {})).status).toBe(400);
    expect((await sent("e")).status).toBe(200);
  });

  test("a credential that lets do less hears nothing of what one of the same principal was answered", async () => {
    const wide = {
      id: "ci",
      tenant: "default",
      roles: ["user", "x"],
      scopes: ["a", "b"],
      source: "token",
    } as const;
    api.credential = wide;
    await sent("wide");
    api.credential = { ...wide, roles: ["x", "user"], scopes: ["b", "a"] };
    expect(await sent("wide")).toMatchObject({ status: 200, replayed: "true" });
    for (const narrower of [{ roles: ["user"] }, { scopes: [] }, { reach: { servers: ["x"], tools: [] } }]) {
      api.credential = { ...wide, ...narrower };
      expect(await sent("wide")).toMatchObject({ status: 422, replayed: null });
    }
    api.credential = ANONYMOUS;
  });

  test("each principal has keys of its own, and a day later a key is new", async () => {
    await sent("f");
    api.credential = { ...ANONYMOUS, id: "somebody-else" };
    expect(await sent("f")).toMatchObject({ status: 200, replayed: null });
    api.credential = ANONYMOUS;
    expect(await sent("f")).toMatchObject({ status: 200, replayed: "true" });
    now += KEY_MS + 1;
    expect(await sent("f")).toMatchObject({ status: 200, replayed: null });
  });
});

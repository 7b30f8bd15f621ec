import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Act } from "../store/acts.ts";
import type { Principal } from "../call/principal.ts";
import { type Door, openDoor } from "./door.oracle.ts";
import { mint } from "./key.ts";
import { onRecord } from "./on-record.ts";
import { Refused } from "./refused.ts";

describe("at a door", () => {
  let door: Door;
  beforeEach(async () => {
    door = await openDoor({ api_keys: true });
    return () => door.close();
  });

  async function acts(tenant: string): Promise<readonly Act[]> {
    return (await door.store.forTenant(tenant).acts.list({ limit: 1000 })).map(({ act }) => act);
  }

  async function made(): Promise<{ readonly id: string; readonly text: string }> {
    const { text, ...own } = mint("live");
    const nothing = { roles: [], scopes: [], servers: [], tools: [], networks: [], name: "" };
    const times = { made_at: 0, expires_at: Date.now() + 60_000_000, revoked_at: null, used_at: null };
    const who = { tenant: "acme", principal: "ana", made_by: "bo", revoked_by: null };
    await door.store.credentials.add({ ...own, ...nothing, ...times, ...who });
    return { id: own.id, text };
  }

  test("who comes in is on record once an hour, in their tenant, with what and from where", async () => {
    const { id, text } = await made();
    const ask = () => door.ask("/mcp", { authorization: `Bearer ${text}` });
    for (let at = 0; at < 5; at += 1) expect((await ask()).status).toBe(200);
    await vi.waitFor(async () => expect(await acts("acme")).toHaveLength(1));
    door.ahead = 61 * 60_000;
    await ask();
    await vi.waitFor(async () => expect(await acts("acme")).toHaveLength(2));
    expect((await acts("acme"))[0]).toMatchObject({
      principal: "ana",
      action: "signin.ok",
      object: id,
      outcome: "ok",
      detail: { kind: "api-key", address: expect.stringContaining("127.0.0.1") },
    });
    expect(JSON.stringify(await acts("acme"))).not.toContain(text.slice(20));
    expect(await acts("default")).toEqual([]);
  });

  test("what is refused is on record with why, and never with the credential", async () => {
    const { id, text } = await made();
    await door.store.credentials.revoke(id, 1, "bo");
    const forged = mint("live").text;
    const odd = "x".repeat(20);
    for (const headers of [
      { authorization: `Bearer ${text}` },
      { "x-api-key": forged },
      { authorization: `Bearer ${odd}` },
      { authorization: `Bearer ${odd}`, "x-api-key": forged },
    ])
      expect((await door.ask("/mcp", headers)).status).toBeGreaterThanOrEqual(400);
    await door.ask("/mcp?access_token=secret-in-query", {});
    // Who shows nothing is asked to, and has tried nothing.
    await door.ask("/mcp");
    await vi.waitFor(async () => expect(await acts("default")).toHaveLength(5));
    const said = (await acts("default")).map(({ detail }) =>
      [detail["kind"] as string, detail["reason"] as string].join(" "),
    );
    expect(said.toSorted()).toEqual([
      "api-key invalid_request",
      "api-key key_over",
      "api-key unknown_key",
      "certificate in_query",
      "token invalid_token",
    ]);
    const written = JSON.stringify(await acts("default"));
    for (const secret of [text, forged, odd, "secret-in-query"])
      expect(written).not.toContain(secret.slice(0, 15));
  });

  test("who goes on is counted, and fills no disk", async () => {
    const ask = () => door.ask("/mcp", { authorization: "Bearer nothing" });
    for (let at = 0; at < 45; at += 1) await ask();
    const { store } = door;
    await vi.waitFor(async () => expect((await acts("default")).length).toBe(30));
    await door.identity.close();
    const list = (await store.forTenant("default").acts.list({ limit: 1000 })).map(({ act }) => act);
    expect(list).toHaveLength(31);
    expect(list.at(-1)?.detail).toEqual({ more: 15, summed: true });
  });
});

test("a gate writes so many acts in a minute and no more, whoever comes and from wherever", async () => {
  const written: Act[] = [];
  const write = (act: Act) => Promise.resolve(void written.push(act));
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const record = onRecord({ actsOf: () => ({ write }), now: () => 1_000, log });
  const request = { headers: {} } as never;
  for (let at = 0; at < 1_000; at += 1) {
    record.refused(new Refused("invalid_token", "no"), request, `10.0.${at >> 8}.${at & 255}`, false);
    const principal: Principal = { id: `u${at}`, tenant: "acme", roles: [], scopes: [], source: "token" };
    record.came(principal, "10.0.0.1");
    record.came({ ...principal }, "10.0.0.1");
  }
  await record.close();
  const of = (action: string) => written.filter((act) => act.action === action);
  expect(of("signin.failed")).toHaveLength(61);
  expect(of("signin.failed").at(-1)?.detail).toEqual({ more: 940, summed: true });
  expect(of("signin.ok")).toHaveLength(601);
  expect(of("signin.ok").at(-1)?.detail).toEqual({ more: 400, summed: true });
});

test("a record that cannot be written is said once, and keeps nobody out", async () => {
  const warned: unknown[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (...words: unknown[]) => void warned.push(words) };
  const write = () => Promise.reject(new Error("disk full"));
  const record = onRecord({ actsOf: () => ({ write }), now: () => 1_000, log: log as never });
  for (const id of ["a", "b", "c"])
    record.came({ id, tenant: "acme", roles: [], scopes: [], source: "token" }, "10.0.0.1");
  await record.close();
  expect(warned).toHaveLength(1);
});

test("those who come within a moment are written together", async () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const came: string[] = [];
  const whenWritten: number[] = [];
  const write = () => Promise.resolve(void whenWritten.push(came.length));
  const record = onRecord({ actsOf: () => ({ write }), now: () => 1_000, log });
  for (const id of ["a", "b", "c"]) {
    came.push(id);
    record.came({ id, tenant: "acme", roles: [], scopes: [], source: "token" }, "10.0.0.1");
    await Promise.resolve();
  }
  await record.close();
  expect(whenWritten).toEqual([3, 3, 3]);
});

import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiKey } from "../store/people/credentials.ts";
import { type Door, openDoor } from "./door.oracle.ts";
import { digestOf, idIn, mint } from "./key.ts";

let door: Door;
beforeEach(async () => {
  door = await openDoor({ api_keys: true, implies: { all: ["some"] }, trusted_proxies: ["127.0.0.1"] });
  return () => door.close();
});

/** Keeps a new key and gives its text. */
async function made(more: Partial<ApiKey> = {}): Promise<{ readonly text: string; readonly id: string }> {
  const { text, ...own } = mint(more.kind ?? "live");
  await door.store.credentials.add({
    ...own,
    tenant: "acme",
    principal: "ci",
    name: "",
    roles: ["builder"],
    scopes: ["all"],
    servers: [],
    tools: [],
    networks: [],
    made_at: Date.now(),
    made_by: "ana",
    expires_at: Date.now() + 60_000,
    revoked_at: null,
    revoked_by: null,
    used_at: null,
    ...more,
  });
  return { text, id: own.id };
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

test("a key is told from a mistyped one without asking anybody, and scanners find it", () => {
  const { text, id, digest } = mint("live");
  expect(text).toMatch(/^pc_live_[0-9A-Za-z]{61}$/);
  expect(idIn(text)).toBe(id);
  expect(digest).toBe(digestOf(text));
  for (let at = 8; at < text.length; at += 1) {
    const other = text[at] === "x" ? "y" : "x";
    expect(idIn(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeUndefined();
  }
  expect(mint("bootstrap").text).toMatch(/^pc_boot_/);
});

describe("a key that is good", () => {
  test.each([
    ["as a bearer token", (text: string) => bearer(text)],
    ["as X-API-Key", (text: string) => ({ "x-api-key": text })],
  ])("says who it is %s", async (_, headers) => {
    const { text, id } = await made({ servers: ["files"], tools: ["read_*"] });
    expect((await door.ask("/mcp", headers(text))).principal).toEqual({
      id: "ci",
      tenant: "acme",
      roles: ["builder"],
      scopes: ["all", "some"],
      source: "api-key",
      credential: id,
      made_by: [{ id: "ana" }],
      reach: { servers: ["files"], tools: ["read_*"] },
      address: "127.0.0.1",
    });
  });

  test("is noted as used", async () => {
    const { text, id } = await made();
    await door.ask("/mcp", bearer(text));
    await vi.waitFor(async () => expect((await door.store.credentials.get(id))?.used_at).not.toBeNull());
  });

  test("of the first hour is called so", async () => {
    expect((await door.ask("/mcp", bearer((await made({ kind: "bootstrap" })).text))).principal?.source).toBe(
      "bootstrap",
    );
  });
});

describe("a key that is refused", () => {
  test.each<readonly [string, Partial<ApiKey>]>([
    ["has expired", { expires_at: 1 }],
    ["was taken back", { revoked_at: 1, revoked_by: "ana" }],
    ["is for another network", { networks: ["10.0.0.0/8"] }],
    ["is for other hours", { hours: { allow: "00:00-00:00", days: otherDay() } }],
    ["has another secret", { digest: digestOf("pc_live_x") }],
  ])("%s", async (_, more) => {
    const { text } = await made(more);
    for (let times = 0; times < 2; times += 1) {
      const { status, said } = await door.ask("/mcp", bearer(text));
      expect({ status, said }).toEqual({ status: 401, said: "This credential is not accepted." });
    }
    expect(JSON.stringify(door.logged)).not.toContain(text);
  });

  test("is one that nobody made, or no key at all", async () => {
    for (const text of [mint("live").text, "pc_live_short", "pc_test_x"])
      expect((await door.ask("/mcp", bearer(text))).status).toBe(401);
  });

  test("comes from an address that only says it is another", async () => {
    const { text } = await made({ networks: ["10.0.0.0/8"] });
    const from = (hops: string): Record<string, string> => ({ ...bearer(text), "x-forwarded-for": hops });
    expect((await door.ask("/mcp", from("10.1.2.3"))).status).toBe(200);
    expect((await door.ask("/mcp", from("10.1.2.3, 192.0.2.1"))).status).toBe(401);
    expect((await door.ask("/mcp", from("10.1.2.3, rubbish"))).status).toBe(401);
  });
});

test("where the store cannot be asked nobody is let in, and it is nobody's fault", async () => {
  const { text } = await made();
  await door.store.close();
  expect((await door.ask("/mcp", bearer(text))).status).toBe(503);
});

function otherDay(): string {
  return ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][(new Date().getUTCDay() + 3) % 7] ?? "";
}

test("a key that is taken back ends what is open with it, and opens nothing more", async () => {
  const { text, id } = await made();
  const ended: string[] = [];
  door.identity.follow(
    () => [id],
    (credential) => ended.push(credential),
  );
  expect((await door.ask("/mcp", bearer(text))).status).toBe(200);
  await door.store.credentials.revoke(id, Date.now(), "ana");
  await vi.waitFor(() => expect(ended).toContain(id), { timeout: 10_000 });
  expect((await door.ask("/mcp", bearer(text))).status).toBe(401);
});

test("one that expires does so too", async () => {
  const { text, id } = await made();
  const ended: string[] = [];
  door.identity.follow(
    () => [id],
    (credential) => ended.push(credential),
  );
  expect((await door.ask("/mcp", bearer(text))).status).toBe(200);
  door.ahead = 120_000;
  await vi.waitFor(() => expect(ended).toContain(id), { timeout: 10_000 });
});

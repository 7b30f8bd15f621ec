import { describe, expect, test, vi } from "vitest";
import type { Principal } from "../call/principal.ts";
import type { KeptMask } from "../store/masks.ts";
import { type Vault, vault, type VaultParts } from "./vault.ts";

const SECRET = Buffer.alloc(32, 7);
const who = (id: string, tenant = "acme"): Principal => ({
  id,
  tenant,
  roles: [],
  scopes: [],
  source: "token",
});
const ANA = who("ana");

/** A store of marks as a test can look into it. */
function store(): VaultParts["store"] & { readonly rows: Map<string, KeptMask>; erased: number } {
  const rows = new Map<string, KeptMask>();
  const shelf = {
    rows,
    erased: 0,
    subjects: { changes: async () => shelf.erased },
    forTenant: (tenant: string) => ({
      masks: {
        put: async (masks: readonly KeptMask[]) => {
          for (const mask of masks) rows.set(`${tenant} ${mask.principal} ${mask.id}`, mask);
        },
        get: async (principal: string, id: string, now: number) => {
          const found = rows.get(`${tenant} ${principal} ${id}`);
          return found === undefined || found.expires <= now ? undefined : found.sealed;
        },
      },
    }),
  };
  return shelf as never;
}

function made(parts: Partial<VaultParts> = {}): Vault {
  return vault({
    secret: SECRET,
    store: store(),
    kinds: new Set(["email"]),
    log: { warn: () => undefined },
    now: () => 1_000,
    ...parts,
  });
}

describe("marks", () => {
  test("are the same for the same value of one principal, and differ by principal, tenant, kind and value", () => {
    const one = made();
    const id = one.token(ANA, "email", "a@b.example");
    expect(id).toMatch(/^[a-z2-7]{16}$/);
    expect(one.token(ANA, "email", "a@b.example")).toBe(id);
    const others = [
      one.token(who("bob"), "email", "a@b.example"),
      one.token(who("ana", "other"), "email", "a@b.example"),
      one.token(ANA, "phone", "a@b.example"),
      one.token(ANA, "email", "c@b.example"),
      made({ secret: Buffer.alloc(32, 8) }).token(ANA, "email", "a@b.example"),
    ];
    expect(new Set([id, ...others]).size).toBe(6);
  });

  test("give the value to their principal, and to nobody else", async () => {
    const one = made();
    const id = one.token(ANA, "email", "a@b.example");
    expect(await one.plain(ANA, "email", id)).toBe("a@b.example");
    expect(await one.plain(who("bob"), "email", id)).toBeUndefined();
    expect(await one.plain(who("ana", "other"), "email", id)).toBeUndefined();
    expect(await one.plain(ANA, "phone", id)).toBeUndefined();
    expect(await one.plain(ANA, "email", "aaaaaaaaaaaaaaaa")).toBeUndefined();
  });

  test("another gate of the store gives it back, sealed in between; one with another secret does not", async () => {
    const shared = store();
    const one = made({ store: shared });
    const id = one.token(ANA, "email", "a@b.example");
    await one.kept();
    expect(JSON.stringify([...shared.rows])).not.toContain("a@b.example");
    expect(await made({ store: shared }).plain(ANA, "email", id)).toBe("a@b.example");
    expect(
      await made({ store: shared, secret: Buffer.alloc(32, 8) }).plain(ANA, "email", id),
    ).toBeUndefined();
  });

  test("a row that somebody moves to another principal opens nothing", async () => {
    const shared = store();
    const one = made({ store: shared });
    const id = one.token(ANA, "email", "a@b.example");
    await one.kept();
    const [row] = shared.rows.values();
    if (row === undefined) throw new Error("no row");
    shared.rows.set(`acme bob ${id}`, { ...row, principal: "bob" });
    expect(await made({ store: shared }).plain(who("bob"), "email", id)).toBeUndefined();
  });

  test("kinds that no server gets back are never kept, and what is kept is forgotten after a day", async () => {
    const shared = store();
    let now = 0;
    const one = made({ store: shared, now: () => now });
    const ssn = one.token(ANA, "ssn", "123-45-6789");
    const id = one.token(ANA, "email", "a@b.example");
    await one.kept();
    expect(shared.rows.size).toBe(1);
    expect(await one.plain(ANA, "ssn", ssn)).toBeUndefined();
    now = 24 * 3_600_000;
    expect(await one.plain(ANA, "email", id)).toBeUndefined();
  });

  test("of somebody who was erased are forgotten within a second; those of others come from the store", async () => {
    vi.useFakeTimers();
    try {
      const shared = store();
      const one = made({ store: shared });
      const [hers, his] = [ANA, who("bob")].map((each) => one.token(each, "email", "a@b.example"));
      await one.kept();
      await vi.advanceTimersByTimeAsync(2_000);
      // As another process would do it.
      shared.rows.delete(`acme ana ${hers}`);
      expect(await one.plain(ANA, "email", hers ?? "")).toBe("a@b.example");
      shared.erased += 1;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await one.plain(ANA, "email", hers ?? "")).toBeUndefined();
      expect(await one.plain(who("bob"), "email", his ?? "")).toBe("a@b.example");
    } finally {
      vi.useRealTimers();
    }
  });

  test("a store that is away is told of, and the mark still works here", async () => {
    const told: unknown[] = [];
    const away = {
      forTenant: () => ({ masks: { put: () => Promise.reject(new Error("gone")) } }),
      subjects: { changes: async () => 0 },
    } as never;
    const one = made({ store: away, log: { warn: (...said: unknown[]) => void told.push(said) } });
    const id = one.token(ANA, "email", "a@b.example");
    await one.kept();
    expect(JSON.stringify(told)).toContain("gone");
    expect(JSON.stringify(told)).not.toContain("a@b.example");
    expect(await one.plain(ANA, "email", id)).toBe("a@b.example");
  });
});

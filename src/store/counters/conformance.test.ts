// What limits promise, on every store: exactly so much, whoever takes it, and never more.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closed, opened } from "../../../test/faults/journal-events.ts";
import { engines, sql } from "../../../test/engines.ts";
import type { Charge, Window } from "../../call/charge.ts";
import { callId } from "../../call/id.ts";
import type { StoreAddress } from "../../config/config.ts";
import { openStore } from "../open.ts";
import type { Store } from "../store.ts";
import { type Claim, settlementOf, type Taken } from "./claim.ts";

const TAKER = fileURLToPath(new URL("../../../test/faults/limit-taker.ts", import.meta.url));
const DAY: Window = { kind: "span", from: 0, until: 9e15 };

function charge(most: number, more: Partial<Charge> = {}): Charge {
  return {
    rule: "r",
    counter: "r",
    everybody: false,
    window: DAY,
    meter: "api_calls",
    most,
    amount: 1,
    enforcement: "hard",
    alert_above: undefined,
    says: `${most}`,
    why: undefined,
    ...more,
  };
}

const ENGINES = engines();

describe.each(ENGINES)("$name", ({ address: place }) => {
  let address: StoreAddress;
  let store: Store;
  beforeEach(async () => {
    address = await place();
    store = await openStore(address);
  });
  afterEach(() => store.close());

  async function take(
    charges: readonly Charge[],
    tenant = "t",
    at = Date.now(),
  ): Promise<Taken & { claim: Claim }> {
    const call = callId(at);
    const claim = { tenant, call, at, charges };
    return { ...(await store.forTenant(tenant).journal.settle(opened(call, { at }), claim)), claim };
  }
  async function ended(claim: Claim, failed: boolean): Promise<void> {
    const { journal } = store.forTenant(claim.tenant);
    const status = failed ? "error" : "ok";
    await journal.append(
      [closed(claim.call, { status })],
      settlementOf(claim, failed, { compute_hours: 0.5 }),
    );
  }
  /** The counters that have rows. */
  async function counted(): Promise<readonly string[]> {
    return (await sql(address, "select counter from counters")).map(({ counter }) => String(counter));
  }
  const kinds = (taken: readonly Taken[]): readonly string[] => taken.map(({ kind }) => kind);

  test("a call that finds no room takes nothing, and leaves no record", async () => {
    const many = charge(5, { counter: "many", rule: "many" });
    const few = charge(1, { counter: "few", rule: "few" });
    expect((await take([many, few])).kind).toBe("taken");
    const refused = await take([many, few]);
    expect(refused).toMatchObject({ kind: "full", charge: { rule: "few" }, free_at: 9e15 });
    expect(await store.forTenant("t").journal.get(refused.claim.call)).toBeUndefined();
    expect(kinds(await Promise.all([1, 2, 3, 4].map(() => take([many]))))).toEqual(Array(4).fill("taken"));
    expect((await take([many])).kind).toBe("full");
  });

  test("what nobody comes for any more is forgotten when it matters no more, and not before", async () => {
    const now = Date.now();
    const sliding = (counter: string, length_ms: number): Charge =>
      charge(9, { counter, window: { kind: "sliding", length_ms } });
    const span: Window = { kind: "span", from: now - 10 * 86_400_000, until: now - 9 * 86_400_000 };
    const bucket: Window = { kind: "bucket", every_ms: 1000 };
    const old = now - 10 * 86_400_000;
    await take([sliding("old", 60_000), charge(9, { counter: "day", window: span })], "a", old);
    await take([charge(9, { counter: "bucket", window: bucket })], "a", old);
    await take([sliding("long", 11 * 86_400_000)], "a", old);
    await take([sliding("new", 60_000), charge(9, { counter: "filling", window: bucket })], "a", now);
    expect((await counted()).toSorted()).toEqual(["bucket", "day", "filling", "long", "new", "old"]);
    // Another gate: the first it writes is that it is there.
    const other = await openStore(address);
    const call = callId(now);
    const claim = { tenant: "a", call, at: now, charges: [sliding("more", 60_000)] };
    await other.forTenant("a").journal.settle(opened(call, { at: now }), claim);
    await other.close();
    expect((await counted()).toSorted()).toEqual(["filling", "long", "more", "new"]);
  });

  test("calls of one batch see what the others took", async () => {
    const came = kinds(await Promise.all(Array.from({ length: 50 }, () => take([charge(7)]))));
    expect(came.filter((kind) => kind === "taken")).toHaveLength(7);
  });

  test("tenants share nothing, except what is everybody's", async () => {
    expect((await take([charge(1)], "a")).kind).toBe("taken");
    expect((await take([charge(1)], "b")).kind).toBe("taken");
    expect((await take([charge(1)], "a")).kind).toBe("full");
    const shared = charge(1, { everybody: true, counter: "all" });
    expect((await take([shared], "a")).kind).toBe("taken");
    expect((await take([shared], "b")).kind).toBe("full");
  });

  test("what is soft passes and says so; an alert is told once", async () => {
    const soft = charge(2, { enforcement: "soft", alert_above: 1 });
    const notices = [];
    for (let at = 0; at < 4; at += 1) {
      const taken = await take([soft]);
      notices.push(
        taken.kind === "taken" ? taken.notices.map(({ kind, used }) => `${kind} ${used}`) : "full",
      );
    }
    expect(notices).toEqual([[], ["alert 2"], ["exceeded 3"], ["exceeded 4"]]);
  });

  test("an amount that came to nothing is given back", async () => {
    const sum = charge(100, { meter: "argument", amount: 60 });
    const first = await take([sum]);
    expect((await take([sum])).kind).toBe("full");
    await ended(first.claim, true);
    const again = await take([sum]);
    expect(again.kind).toBe("taken");
    await ended(again.claim, false);
    expect((await take([sum])).kind).toBe("full");
  });

  test("what only the end shows is counted then", async () => {
    const hours = charge(1, { meter: "compute_hours", amount: 0 });
    for (let at = 0; at < 2; at += 1) {
      const taken = await take([hours]);
      expect(taken.kind).toBe("taken");
      await ended(taken.claim, false);
    }
    expect((await take([hours])).kind).toBe("full");
  });

  test("places at once are free again when their calls end, and when their gate is gone", async () => {
    const places = charge(2, { window: { kind: "held" } });
    const first = await take([places]);
    expect((await take([places])).kind).toBe("taken");
    expect((await take([places])).kind).toBe("full");
    await ended(first.claim, false);
    expect((await take([places])).kind).toBe("taken");
    expect((await take([places])).kind).toBe("full");
    await store.close();
    store = await openStore(address);
    expect((await take([places])).kind).toBe("taken");
  });

  test("a call of yesterday that is settled today counts as yesterday's", async () => {
    const day = 86_400_000;
    const of = (from: number): Charge => charge(1, { window: { kind: "span", from, until: from + day } });
    const kinds = [];
    for (const from of [100 * day, 101 * day, 100 * day, 101 * day])
      kinds.push((await take([of(from)], "t", from)).kind);
    expect(kinds).toEqual(["taken", "taken", "full", "full"]);
  });

  test("a sliding window forgets", async () => {
    const sliding = charge(2, { window: { kind: "sliding", length_ms: 60_000 } });
    const start = Date.parse("2026-11-21T00:00:00Z");
    expect((await take([sliding], "t", start)).kind).toBe("taken");
    expect((await take([sliding], "t", start + 30_000)).kind).toBe("taken");
    expect(await take([sliding], "t", start + 50_000)).toMatchObject({
      kind: "full",
      free_at: start + 61_000,
    });
    expect((await take([sliding], "t", start + 61_000)).kind).toBe("taken");
    expect((await take([sliding], "t", start + 61_000)).kind).toBe("full");
  });

  /** Processes that take at the same time; gives what each was given. `killed`: the first is ended in the middle. */
  async function race(most: number, processes: number, tries: number, killed: boolean): Promise<number> {
    const one = JSON.stringify(charge(most));
    const counts = await Promise.all(
      Array.from({ length: processes }, async (_, at) => {
        const child = spawn(process.execPath, [TAKER, JSON.stringify(address), one, String(tries), "8"], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let said = "";
        child.stdout.on("data", (piece: Buffer) => {
          said += piece.toString();
          if (killed && at === 0 && said.length > 300) child.kill("SIGKILL");
        });
        await once(child, "close");
        return said.split("\n").filter((line) => line === "taken").length;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  test("four processes that hammer one limit of 1,000 are given exactly 1,000", {
    timeout: 60_000,
  }, async () => {
    expect(await race(1000, 4, 300, false)).toBe(1000);
    expect((await take([charge(1000)])).kind).toBe("full");
  });

  test("with one of them killed in the middle, never more", { timeout: 60_000 }, async () => {
    const given = await race(400, 3, 300, true);
    expect(given).toBeLessThanOrEqual(400);
    // What the killed one took and could not say is at most what it had asked for at once.
    expect(given).toBeGreaterThanOrEqual(400 - 8);
  });
});

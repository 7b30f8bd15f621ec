// The script in Redis and `store/counters/` do the same arithmetic, operation by operation.
import fc from "fast-check";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_REDIS, type Redis, startRedis } from "../../test/redis.ts";
import type { Charge, Window } from "../call/charge.ts";
import { callId } from "../call/id.ts";
import { type Adjustment, type Claim, type Ledger, settlementOf, take } from "../store/counters/claim.ts";
import { type Cell, oldestSlot } from "../store/counters/room.ts";
import { adjustInput, type Input, readCounted, STATE, takeInput } from "./inputs.ts";
import { ADJUST, proveScript, renewScript, takeScript } from "./scripts.ts";

/** Redis's clock as a test sets it. */
const CLOCK = "tonumber(redis.call('GET', 'clock'))";
const START = Date.parse("2026-11-21T00:00:00Z");

describe.skipIf(NO_REDIS !== undefined)(`in Redis${NO_REDIS === undefined ? "" : ` (${NO_REDIS})`}`, () => {
  let redis: Redis;
  let client: ReturnType<typeof createClient>;
  beforeAll(async () => {
    redis = await startRedis(false);
    client = createClient({ url: redis.url });
    await client.connect();
  });
  afterAll(async () => {
    client.destroy();
    await redis.stop();
  });

  const run = (text: string, { keys, args }: Input) =>
    client.sendCommand(["EVAL", text, String(keys.length), ...keys, ...args]);
  async function prove(generation: number, mark: number): Promise<unknown> {
    const id = /run_id:(\w+)/.exec(await client.info("server"))?.[1] ?? "";
    const args = [id, "store", String(generation), String(mark)];
    return await run(proveScript(CLOCK), { keys: [STATE], args });
  }
  async function fresh(): Promise<void> {
    await client.flushAll();
    await client.set("clock", String(START));
    expect(await prove(1, 0)).toBe("kept");
  }
  const plain = { rule: "r", everybody: false, meter: "api_calls", amount: 1, enforcement: "hard" } as const;
  /** Takes one of a limit of one. */
  async function one(after_ms: number, window: Window): Promise<string> {
    const at = START + after_ms;
    await client.set("clock", String(at));
    const named = { ...plain, counter: window.kind, alert_above: undefined, says: "", why: undefined };
    const claim: Claim = { tenant: "a", call: callId(at), at, charges: [{ ...named, window, most: 1 }] };
    const reply = await run(takeScript(CLOCK), takeInput("store", claim));
    const came = readCounted(reply as unknown as readonly string[], claim);
    return came.kind === "taken" ? "taken" : `${came.lost ? "lost" : "full"} until ${came.free_at - START}`;
  }

  /** The counters that a store would keep. */
  function inMemory() {
    const cells = new Map<string, Map<number, number>>();
    const held = new Map<string, Set<string>>();
    const of = <T>(all: Map<string, T>, tenant: string, counter: string, none: T): T => {
      const key = JSON.stringify([tenant, counter]);
      const known = all.get(key) ?? none;
      all.set(key, known);
      return known;
    };
    const ledger: Ledger = {
      stands: () => true,
      cells(tenant, { counter, window }): readonly Cell[] {
        if (window.kind === "held")
          return [...of(held, tenant, counter, new Set())].map(() => ({ slot: 0, used: 1 }));
        return [...of(cells, tenant, counter, new Map())].map(([slot, used]) => ({ slot, used }));
      },
      put(tenant, charge, { slot, used }, { call, at }) {
        if (charge.window.kind === "held") return void of(held, tenant, charge.counter, new Set()).add(call);
        const own = of(cells, tenant, charge.counter, new Map<number, number>());
        for (const old of own.keys()) if (old < oldestSlot(charge, at)) own.delete(old);
        own.set(slot, used);
      },
    };
    return {
      take: (claim: Claim) => take(ledger, claim),
      adjust(change: Adjustment) {
        if (change.kind === "release")
          return void of(held, change.tenant, change.counter, new Set()).delete(change.call);
        const own = of(cells, change.tenant, change.counter, new Map<number, number>());
        const used = own.get(change.slot);
        if (used !== undefined) own.set(change.slot, Math.max(0, used + change.by));
      },
    };
  }

  type At = (at: number) => Window;
  const spans = fc.integer({ min: 1000, max: 100_000 }).map(
    (length): At =>
      (at) => {
        const from = Math.floor(at / length) * length;
        return { kind: "span", from, until: from + length };
      },
  );
  const windows = fc.oneof(
    spans,
    fc.integer({ min: 1, max: 90_000 }).map(
      (length_ms): At =>
        () => ({ kind: "sliding", length_ms }),
    ),
    fc.integer({ min: 1, max: 20_000 }).map(
      (every): At =>
        () => ({ kind: "bucket", every_ms: every / 7 }),
    ),
    fc.constant<At>(() => ({ kind: "held" })),
  );
  const limits = fc.record({
    window: windows,
    most: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0.1, max: 9, noNaN: true })),
    amount: fc.oneof(fc.constant(1), fc.constant(0), fc.double({ min: 0, max: 4, noNaN: true })),
    meter: fc.constantFrom("api_calls", "argument", "compute_hours"),
    enforcement: fc.constantFrom("hard", "hard", "soft", "warn"),
    alert: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }),
    everybody: fc.boolean(),
  });
  const steps = fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 30_000 }),
      tenant: fc.constantFrom("a", "b"),
      which: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
      ends: fc.constantFrom("well", "in error", "never"),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test("what is taken, refused, said and given back is the same as in a store", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(limits, { minLength: 4, maxLength: 4 }), steps, async (four, all) => {
        await fresh();
        const memory = inMemory();
        const places: { key: string; call: string }[] = [];
        let at = START;
        for (const { wait, tenant, which, ends } of all) {
          at += wait;
          await client.set("clock", String(at));
          // As the gate of calls under way does all the time.
          const input = { keys: places.map(({ key }) => key), args: places.map(({ call }) => call) };
          await run(renewScript(CLOCK), input);
          const charges = which.flatMap((index): readonly Charge[] => {
            const limit = four[index];
            if (limit === undefined) return [];
            const { window, everybody, most, amount, meter, enforcement, alert } = limit;
            const own = { window: window(at), everybody, most, amount, meter, enforcement } as const;
            return [
              {
                ...own,
                rule: `r${index}`,
                counter: `["r${index}"]`,
                alert_above: alert,
                says: "",
                why: undefined,
              },
            ];
          });
          const claim: Claim = { tenant, call: callId(at), at, charges };
          const asked = takeInput("store", claim);
          const reply = await run(takeScript(CLOCK), asked);
          const there = readCounted(reply as unknown as readonly string[], claim);
          const here = memory.take(claim);
          if (there.kind === "full") {
            expect(here).toEqual({ kind: "full", charge: there.charge, free_at: there.free_at });
            continue;
          }
          expect(here).toEqual({ kind: "taken", notices: there.notices, levels: there.levels });
          expect(there.at).toBe(at);
          if (ends === "never") {
            const keys = asked.keys.slice(1).filter((_, index) => charges[index]?.window.kind === "held");
            places.push(...keys.map((key) => ({ key, call: claim.call })));
            continue;
          }
          const changes = settlementOf(claim, ends === "in error", { compute_hours: 0.3 });
          for (const change of changes) memory.adjust(change);
          await run(ADJUST, adjustInput(there.receipt, changes));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("a place that nobody renews is free after twenty seconds, and after a restart none is for as long", async () => {
    const held: Window = { kind: "held" };
    await fresh();
    expect(await one(25_000, held)).toBe("taken");
    expect(await one(44_999, held)).toBe("full until 45999");
    expect(await one(45_000, held)).toBe("taken");
    await client.set("clock", String(START + 60_000));
    expect(await prove(2, 0)).toBe("kept");
    expect(await one(79_999, held)).toBe("full until 80999");
    expect(await one(80_000, held)).toBe("taken");
  });

  test("what was counted and is lost shuts every window that began before, and a minute for clocks", async () => {
    const lost_before = 60_000;
    const span = (from: number): Window => ({
      kind: "span",
      from: START + from,
      until: START + from + 3_600_000,
    });
    const sliding: Window = { kind: "sliding", length_ms: 60_000 };
    await fresh();
    expect(await prove(2, 7)).toBe("lost");
    expect(await prove(1, 7)).toBe("behind");
    expect(await prove(3, 7)).toBe("kept");
    expect(await one(1, span(lost_before - 1))).toBe(`lost until ${lost_before - 1 + 3_600_000}`);
    expect(await one(1, sliding)).toBe(`lost until ${lost_before + 61_000}`);
    expect(await one(1, { kind: "bucket", every_ms: 5000 })).toBe(`lost until ${lost_before + 5000}`);
    expect(await one(1, { kind: "held" })).toBe(`lost until ${lost_before + 20_000}`);
    expect(await one(1, span(lost_before))).toBe("taken");
    expect(await one(lost_before + 5000, { kind: "bucket", every_ms: 5000 })).toBe("taken");
    expect(await one(lost_before + 20_000, { kind: "held" })).toBe("taken");
    expect(await one(lost_before + 61_000, sliding)).toBe("taken");
  });
});

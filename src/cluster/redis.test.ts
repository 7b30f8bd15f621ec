// What limits promise in Redis: exactly so much, whoever takes it, and never more, whatever becomes of Redis.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { opened } from "../../test/faults/journal-events.ts";
import { type Postgres, startPostgres } from "../../test/postgres.ts";
import { NO_REDIS, type Redis, startRedis } from "../../test/redis.ts";
import { settled } from "../audit/counted.ts";
import type { Charge, Window } from "../call/charge.ts";
import { callId } from "../call/id.ts";
import type { StoreAddress } from "../config/config.ts";
import { settlementOf } from "../store/counters/claim.ts";
import { openFence } from "../store/fence.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import type { SharedCounters } from "./counters.ts";
import { redisCounters } from "./redis.ts";

const TAKER = fileURLToPath(new URL("../../test/faults/shared-taker.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cluster-"));
let files = 0;
const sqlite = (): StoreAddress => ({ kind: "sqlite", path: join(folder, `${++files}.db`) });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

/** One gate, as far as limits go. */
interface Gate {
  readonly counters: SharedCounters;
  readonly store: Store;
  readonly said: readonly string[];
  take(charges: readonly Charge[], tenant?: string): ReturnType<typeof settled>;
  close(): Promise<void>;
}

async function gateOn(place: StoreAddress, url: string): Promise<Gate> {
  const store = await openStore(place);
  const said: string[] = [];
  const log = {
    warn: (_: unknown, text: string) => void said.push(text),
    info: (_: unknown, text: string) => void said.push(text),
  } as unknown as Parameters<typeof redisCounters>[2];
  const counters = await redisCounters(url, await openFence(place), log);
  return {
    counters,
    store,
    said,
    async take(charges, tenant = "t") {
      const at = Date.now();
      const call = callId(at);
      const rows = store.forTenant(tenant).journal;
      return await settled(rows, opened(call, { at }), { tenant, call, at, charges }, counters);
    },
    async close() {
      await counters.close();
      await store.close();
    },
  };
}

/** Takes again and again, through everything, until nothing is left to take; gives how often it was let. */
async function hammer(
  gates: readonly Gate[],
  most: number,
  until: (given: number) => boolean,
): Promise<number> {
  let given = 0;
  const lanes = gates.flatMap((gate) => Array.from({ length: 4 }, () => gate));
  await Promise.all(
    lanes.map(async (gate) => {
      while (!until(given)) {
        const { taken } = await gate.take([charge(most)]);
        if (taken.kind === "taken") given += 1;
        else if (taken.kind === "full") return;
        else await later(10);
      }
    }),
  );
  return given;
}

describe.skipIf(NO_REDIS !== undefined)(`Redis${NO_REDIS === undefined ? "" : ` (${NO_REDIS})`}`, () => {
  let redis: Redis;
  const gates: Gate[] = [];
  const gate = async (place: StoreAddress): Promise<Gate> => {
    const one = await gateOn(place, redis.url);
    gates.push(one);
    return one;
  };
  afterEach(async () => {
    await Promise.all(gates.splice(0).map((one) => one.close()));
  });

  describe("that is well", () => {
    let postgres: Postgres;
    beforeAll(async () => {
      [redis, postgres] = await Promise.all([startRedis(false), startPostgres()]);
    });
    afterAll(() => Promise.all([redis.stop(), postgres.stop()]));
    beforeEach(async () => {
      const client = await createClient({ url: redis.url }).connect();
      await client.flushAll();
      await client.close();
    });

    /** What each process asks for at once. */
    const LANES = 8;

    /**
     * Processes that take at the same time; gives what all were given, and how often nobody knows: Redis counted, and
     * the word of it came too late. `killed`: the first is ended in the middle.
     */
    async function race(
      place: StoreAddress,
      most: number,
      processes: number,
      killed: boolean,
    ): Promise<{ readonly given: number; readonly unsure: number }> {
      await (await openStore(place)).close();
      const words = await Promise.all(
        Array.from({ length: processes }, async (_, at) => {
          const told = [JSON.stringify(place), JSON.stringify(charge(most)), redis.url, "300", String(LANES)];
          const child = spawn(process.execPath, [TAKER, ...told], { stdio: ["ignore", "pipe", "inherit"] });
          let said = "";
          child.stdout.on("data", (piece: Buffer) => {
            said += piece.toString();
            if (killed && at === 0 && said.length > 300) child.kill("SIGKILL");
          });
          await once(child, "close");
          return said.split("\n");
        }),
      );
      const times = (word: string): number => words.flat().filter((line) => line === word).length;
      return { given: times("taken"), unsure: times("uncounted") };
    }

    /**
     * What may stay taken though nobody has it, where nobody had met this Redis: each process that does begins a generation
     * of its own, and what was taken under the one before, and not written down yet, is taken anew.
     */
    const outdone = (processes: number): number => processes * processes * LANES;

    /** Meets this Redis, so that its counts are proven when others come. */
    async function meet(place: StoreAddress): Promise<Gate> {
      const one = await gate(place);
      expect((await one.take([charge(1, { counter: "met" })])).taken.kind).toBe("taken");
      return one;
    }

    test("four processes that hammer one limit of 1,000 are given exactly 1,000", async () => {
      const place: StoreAddress = { kind: "postgres", url: await postgres.database() };
      const one = await meet(place);
      const { given, unsure } = await race(place, 1000, 4, false);
      expect(given).toBeLessThanOrEqual(1000);
      // On a machine that keeps nobody waiting for two seconds that is 1,000.
      expect(given + unsure).toBeGreaterThanOrEqual(1000);
      expect((await one.take([charge(1000)])).taken.kind).toBe("full");
      expect(await one.store.forTenant("t").journal.list({ limit: 10_000 })).toHaveLength(given + 1);
    });

    test("where nobody had met this Redis they are given no more, and all there is but what was outdone", async () => {
      const { given, unsure } = await race(sqlite(), 400, 3, false);
      expect(given).toBeLessThanOrEqual(400);
      expect(given + unsure).toBeGreaterThanOrEqual(400 - outdone(3));
    });

    test("with one of them killed in the middle, never more", async () => {
      const place = sqlite();
      await meet(place);
      const { given, unsure } = await race(place, 400, 3, true);
      expect(given).toBeLessThanOrEqual(400);
      // What the killed one took and could not write down or say is at most what it had asked for at once.
      expect(given + unsure).toBeGreaterThanOrEqual(400 - LANES);
    });

    test("a call that finds no room takes nothing, and leaves no record", async () => {
      const one = await gate(sqlite());
      const many = charge(5, { counter: "many", rule: "many" });
      const few = charge(1, { counter: "few", rule: "few" });
      expect((await one.take([many, few])).taken.kind).toBe("taken");
      const { taken, claim } = await one.take([many, few]);
      expect(taken).toMatchObject({ kind: "full", charge: { rule: "few" }, free_at: 9e15 });
      expect(await one.store.forTenant("t").journal.get(claim.call)).toBeUndefined();
      const more = await Promise.all([1, 2, 3, 4, 5].map(() => one.take([many])));
      expect(more.map((each) => each.taken.kind).sort()).toEqual(["full", ...Array(4).fill("taken")]);
    });

    test("tenants share nothing, except what is everybody's", async () => {
      const one = await gate(sqlite());
      const shared = charge(1, { everybody: true, counter: "all" });
      const kinds = [];
      for (const [of, tenant] of [
        [charge(1), "a"],
        [charge(1), "b"],
        [charge(1), "a"],
        [shared, "a"],
        [shared, "b"],
      ] as const)
        kinds.push((await one.take([of], tenant)).taken.kind);
      expect(kinds).toEqual(["taken", "taken", "full", "taken", "full"]);
    });

    test("places and amounts are given back where they were taken", async () => {
      const one = await gate(sqlite());
      const place = charge(1, { window: { kind: "held" }, counter: "at once" });
      const sum = charge(100, { meter: "argument", amount: 60, counter: "sum" });
      const first = await one.take([place, sum]);
      expect((await one.take([place])).taken.kind).toBe("full");
      expect((await one.take([sum])).taken.kind).toBe("full");
      const { claim } = first;
      await one.counters.adjust(claim.receipt ?? { generation: 0, seq: 0 }, settlementOf(claim, true, {}));
      expect((await one.take([place, sum])).taken.kind).toBe("taken");
    });

    test("a call that cannot be written down gives back what it took", async () => {
      const place = sqlite();
      const one = await gate(place);
      await one.store.close();
      const room = charge(2, { window: { kind: "sliding", length_ms: 60_000 } });
      for (let times = 0; times < 3; times += 1) await expect(one.take([room])).rejects.toThrow("closed");
      const other = await gate(place);
      for (const kind of ["taken", "taken", "full"]) expect((await other.take([room])).taken.kind).toBe(kind);
    });

    test("whoever has another store is refused, and told why", async () => {
      expect((await (await gate(sqlite())).take([charge(5)])).taken.kind).toBe("taken");
      const other = await gate(sqlite());
      expect((await other.take([charge(5)])).taken.kind).toBe("uncounted");
      expect(other.counters.trouble()).toContain("counts for another store");
      expect((await other.take([charge(5, { enforcement: "soft" })])).taken.kind).toBe("taken");
    });

    test("a Redis that may forget is refused, and told why", async () => {
      const client = await createClient({ url: redis.url }).connect();
      await client.configSet({ maxmemory: "100mb", "maxmemory-policy": "allkeys-lru" });
      const one = await gate(sqlite());
      expect((await one.take([charge(5)])).taken.kind).toBe("uncounted");
      expect(one.counters.trouble()).toContain("Set maxmemory-policy noeviction");
      await client.configSet({ "maxmemory-policy": "noeviction" });
      expect((await one.take([charge(5)])).taken.kind).toBe("taken");
      await client.close();
    });
  });

  interface Cut {
    readonly what: string;
    readonly keeps: boolean;
    /** What befalls Redis in the middle. `taken`: waits until so many more were. */
    readonly how: (
      command: (word: string) => Promise<unknown>,
      taken: (more: number) => Promise<void>,
    ) => Promise<unknown>;
  }
  const killed = (): Promise<unknown> =>
    redis
      .kill()
      .then(() => later(300))
      .then(() => redis.again());
  const cuts: readonly Cut[] = [
    { what: "is killed and comes back with all it had", keeps: true, how: killed },
    { what: "is killed and comes back with nothing", keeps: false, how: killed },
    {
      what: "is killed and comes back with what it had a while ago",
      keeps: false,
      how: async (command, taken) => {
        await command("SAVE");
        await taken(50);
        await killed();
      },
    },
    { what: "is emptied by hand", keeps: false, how: (command) => command("FLUSHALL") },
  ];

  describe.each(cuts)("that $what", ({ keeps, how }) => {
    beforeAll(async () => {
      redis = await startRedis(keeps);
    });
    afterAll(() => redis.stop());

    test("never lets more pass, and says what it does", async () => {
      const client = createClient({ url: redis.url });
      client.on("error", () => {});
      await client.connect();
      const place = sqlite();
      const [one, other] = [await gate(place), await gate(place)];
      const most = 400;
      let cut: Promise<unknown> | undefined;
      let known = 0;
      const taken_more = async (more: number): Promise<void> => {
        const enough = known + more;
        await vi.waitUntil(() => known >= enough, { interval: 1, timeout: 20_000 });
      };
      const given = await hammer([one, other], most, (so_far) => {
        known = so_far;
        if (so_far > 100) cut ??= how((word) => client.sendCommand([word]), taken_more);
        return false;
      });
      await cut;
      client.destroy();
      expect(given).toBeLessThanOrEqual(most);
      const { taken } = await one.take([charge(most)]);
      if (keeps) {
        // What was taken when it was cut and could not be said is lost: at most one for each that asked.
        expect(given).toBeGreaterThanOrEqual(most - 8);
        expect(taken).toMatchObject({ kind: "full", lost: false });
        return;
      }
      expect(given).toBeLessThan(most);
      expect(taken).toMatchObject({ kind: "full", lost: true });
      expect([...one.said, ...other.said].join()).toContain("Redis lost what was counted");
      const from = Date.now() + 120_000;
      const next = charge(1, { counter: "new", window: { kind: "span", from, until: from + 1000 } });
      expect((await one.take([next])).taken.kind).toBe("taken");
      // Whoever would rather forget says so.
      const hand = await createClient({ url: redis.url }).connect();
      await hand.hDel("portcullis:{limits}:state", "lost_before");
      await hand.close();
      expect((await one.take([charge(most)])).taken.kind).toBe("taken");
    });
  });

  test("that hangs refuses, and goes on when it goes on", async () => {
    redis = await startRedis(false);
    try {
      const one = await gate(sqlite());
      expect((await one.take([charge(9)])).taken.kind).toBe("taken");
      redis.child().kill("SIGSTOP");
      expect((await one.take([charge(9)])).taken.kind).toBe("uncounted");
      expect(one.counters.trouble()).toContain("no answer within 2000 ms");
      redis.child().kill("SIGCONT");
      expect((await one.take([charge(9)])).taken.kind).toBe("taken");
      expect(one.counters.trouble()).toBeUndefined();
    } finally {
      await redis.stop();
    }
  });
});

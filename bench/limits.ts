import { join } from "node:path";
import { settled } from "../src/audit/counted.ts";
import type { Charge } from "../src/call/charge.ts";
import { callId } from "../src/call/id.ts";
import type { SharedCounters } from "../src/cluster/counters.ts";
import { redisCounters } from "../src/cluster/redis.ts";
import type { StoreAddress } from "../src/config/config.ts";
import { openFence } from "../src/store/fence.ts";
import { openStore } from "../src/store/open.ts";
import { opened } from "../test/faults/journal-events.ts";
import { startPostgres } from "../test/postgres.ts";
import { NO_REDIS, startRedis } from "../test/redis.ts";
import { median } from "./numbers.ts";

/** What it costs a call that limits count it: an hour's rate with its burst, and a month's quota. */
export interface Limited {
  readonly place: string;
  /** Calls at once. */
  readonly lanes: number;
  /** From the decision to the opening on disk, µs a call; medians over rounds. */
  readonly unlimited_us: number;
  readonly limited_us: number;
  /** The median over rounds of the ratio within a round. */
  readonly ratio: number;
}

const ROUNDS = 5;
const CALLS = 200;
const LANES = [1, 16];
const HOUR_MS = 3_600_000;

function charge(rule: string, window: Charge["window"]): Charge {
  const own = {
    rule,
    counter: `["${rule}","ana"]`,
    window,
    most: 1e9,
    amount: 1,
    meter: "api_calls",
  } as const;
  return {
    ...own,
    everybody: false,
    enforcement: "hard",
    alert_above: undefined,
    says: rule,
    why: undefined,
  };
}
const CHARGES = [
  charge("rate", { kind: "sliding", length_ms: HOUR_MS }),
  charge("burst", { kind: "bucket", every_ms: 0.001 }),
  charge("quota", { kind: "span", from: 0, until: Date.parse("2100-01-01T00:00:00Z") }),
];

interface Place {
  readonly name: string;
  readonly address: StoreAddress;
  readonly redis: string | undefined;
}

async function limited({ name, address, redis }: Place): Promise<readonly Limited[]> {
  const store = await openStore(address);
  const { journal } = store.forTenant("bench");
  let counters: SharedCounters | undefined;
  if (redis !== undefined)
    counters = await redisCounters(redis, await openFence(address), { warn() {}, info() {} });
  /** µs a call. */
  async function timed(lanes: number, charges: readonly Charge[]): Promise<number> {
    let left = CALLS;
    const from = performance.now();
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const at = Date.now();
        const call = callId(at);
        if (charges.length === 0) await journal.append([opened(call)]);
        else {
          const { taken } = await settled(
            journal,
            opened(call),
            { tenant: "bench", call, at, charges },
            counters,
          );
          if (taken.kind !== "taken") throw new Error(`${name}: ${taken.kind}`);
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return ((performance.now() - from) * 1000) / CALLS;
  }
  try {
    const results: Limited[] = [];
    for (const lanes of LANES) {
      await timed(lanes, CHARGES); // warm
      const rounds: (readonly [unlimited: number, limited: number])[] = [];
      for (let round = 0; round < ROUNDS; round += 1)
        rounds.push([await timed(lanes, []), await timed(lanes, CHARGES)]);
      results.push({
        place: name,
        lanes,
        unlimited_us: median(rounds.map(([without]) => without)),
        limited_us: median(rounds.map(([, within]) => within)),
        ratio: median(rounds.map(([without, within]) => within / without)),
      });
    }
    return results;
  } finally {
    await counters?.close();
    await store.close();
  }
}

/** The step that takes a call's charges and writes its opening, beside the one that only writes it. */
export async function limitSteps(folder: string): Promise<readonly Limited[]> {
  const postgres = await startPostgres();
  const redis = NO_REDIS === undefined ? await startRedis(false) : undefined;
  const sqlite = (name: string): StoreAddress => ({ kind: "sqlite", path: join(folder, name) });
  const server = async (): Promise<StoreAddress> => ({ kind: "postgres", url: await postgres.database() });
  try {
    const places: readonly Place[] = [
      { name: "SQLite", address: sqlite("limits.db"), redis: undefined },
      { name: "PostgreSQL", address: await server(), redis: undefined },
      ...(redis === undefined
        ? []
        : [
            { name: "SQLite, limits in Redis", address: sqlite("shared.db"), redis: `${redis.url}/0` },
            { name: "PostgreSQL, limits in Redis", address: await server(), redis: `${redis.url}/1` },
          ]),
    ];
    const results: Limited[] = [];
    for (const place of places) results.push(...(await limited(place)));
    return results;
  } finally {
    await redis?.stop();
    await postgres.stop();
  }
}

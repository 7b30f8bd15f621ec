import type { Adjustment, Claim } from "../store/counters/claim.ts";
import type { Fence, Receipt } from "../store/fence.ts";
import type { Log } from "../telemetry/log.ts";
import { connect, type Connection, script } from "./connection.ts";
import { adjustLetter, placesOf, readCounted, STATE, takeLetter } from "./letters.ts";
import { ADJUST, CLOCK, PLACE_MS, proveScript, renewScript, takeScript } from "./scripts.ts";
import { type Counted, CountersUnavailable, type SharedCounters } from "./counters.ts";

const TAKE = script(takeScript(CLOCK));
const RENEW = script(renewScript(CLOCK));
const PROVE = script(proveScript(CLOCK));
const CHANGE = script(ADJUST);

/** Places are renewed this often, ms. */
const BEAT_MS = PLACE_MS / 4;
/** What ends of calls added and could not be told yet; beyond this it is told to the log and forgotten. */
const MAX_OWED = 10_000;

/** Redis that makes room by forgetting counters would let more pass than a limit allows. */
async function refuseForgetting(redis: Connection): Promise<void> {
  const memory = await redis.info("memory");
  const policy = memory.get("maxmemory_policy") ?? "noeviction";
  if (memory.get("maxmemory") === "0" || policy === "noeviction") return;
  throw new CountersUnavailable(
    `${redis.where} may forget counters (maxmemory-policy ${policy}). Set maxmemory-policy noeviction there.`,
  );
}

function unanswered(error: unknown): never {
  throw new CountersUnavailable("the store cannot say how far the counters got", { cause: error });
}

function othersCounts({ where }: Connection): CountersUnavailable {
  return new CountersUnavailable(
    `${where} counts for another store. Name another database of it (redis://…/1), or delete its keys portcullis:{limits}:*`,
  );
}

/**
 * Has the counts taken for whole, or for lost. Each try begins a generation of its own: one that comes too late proves
 * nothing, because the store writes no opening of an older generation.
 */
async function proveOnce(redis: Connection, fence: Fence, log: Pick<Log, "warn">): Promise<void> {
  await refuseForgetting(redis);
  const run = (await redis.info("server")).get("run_id") ?? "";
  const { store, generation, mark } = await fence.renew().catch(unanswered);
  const args = [run, store, String(generation), String(mark)];
  const said = await redis.run(PROVE, { keys: [STATE], args });
  if (said === "other") throw othersCounts(redis);
  if (said === "lost")
    log.warn(
      { where: redis.where },
      "Redis lost what was counted: limits that began before now are refused until their windows are over",
    );
}

/** Runs one at a time; who asks meanwhile waits for the same. */
function single(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** The places of calls under way, by call and counter. */
function places(redis: Connection) {
  const held = new Map<string, { readonly key: string; readonly call: string }>();
  return {
    change(adjustments: readonly Adjustment[]): void {
      for (const change of adjustments)
        if (change.kind === "release")
          held.delete(`${change.call} ${placesOf(change.tenant, change.counter)}`);
    },
    take(claim: Claim): void {
      takeLetter("", claim).keys.forEach((key, at) => {
        if (claim.charges[at - 1]?.window.kind === "held")
          held.set(`${claim.call} ${key}`, { key, call: claim.call });
      });
    },
    async renew(): Promise<void> {
      const all = [...held.values()];
      if (all.length === 0) return;
      await redis.run(RENEW, { keys: all.map(({ key }) => key), args: all.map(({ call }) => call) });
    },
  };
}

/**
 * Counters in Redis. Taking is one script. Which process of Redis answers is asked in every one; one whose counts were
 * not proven takes nothing until the store said how far they must have got (`store/fence.ts`), and where they have not,
 * everything that was counted before is refused until its window is over. So a Redis that is gone, comes back with less,
 * or is another one, never lets more pass than a limit allows.
 */
export async function redisCounters(
  url: string,
  fence: Fence,
  log: Pick<Log, "warn" | "info">,
): Promise<SharedCounters> {
  const redis = await connect(url, log);
  const under = places(redis);
  const underWay = new Set<Promise<void>>();
  let owed: { readonly receipt: Receipt; readonly adjustments: readonly Adjustment[] }[] = [];
  let store = "";
  const prove = single(() => proveOnce(redis, fence, log));
  const meet = single(async () => {
    await refuseForgetting(redis);
    store = await fence.store().catch(unanswered);
  });
  let doubt: string | undefined;

  async function counted(claim: Claim): Promise<Counted> {
    if (store === "") await meet();
    for (let again = false; ; again = true) {
      const reply = (await redis.run(TAKE, takeLetter(store, claim))) as readonly string[];
      const [said, whose] = reply;
      if (said !== "unproven") return readCounted(reply, claim);
      if (whose !== "" && whose !== store) throw othersCounts(redis);
      if (again) throw new CountersUnavailable(`${redis.where} changes while it is asked`);
      await prove();
    }
  }

  async function take(claim: Claim): Promise<Counted> {
    try {
      const came = await counted(claim);
      if (came.kind === "taken") under.take(claim);
      doubt = undefined;
      return came;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (doubt === undefined)
        log.warn({ reason: why }, "limits cannot be counted: what they limit is refused");
      doubt = why;
      throw error;
    }
  }

  async function change(receipt: Receipt, adjustments: readonly Adjustment[]): Promise<void> {
    try {
      await redis.run(CHANGE, adjustLetter(receipt, adjustments));
    } catch {
      // A place runs out by itself; what is given back may have been already; what was used must not be forgotten.
      const more = adjustments.filter((one) => one.kind === "add" && one.by > 0);
      if (more.length > 0 && owed.length < MAX_OWED) owed.push({ receipt, adjustments: more });
      else if (more.length > 0) log.warn({ where: redis.where }, "what a call used could not be counted");
    }
  }

  async function beat(): Promise<void> {
    const due = owed;
    owed = [];
    await Promise.all(due.map(({ receipt, adjustments }) => change(receipt, adjustments)));
    await under.renew().catch(() => {}); // the next beat comes soon
  }
  const pulse = setInterval(() => redis.trouble() === undefined && void beat(), BEAT_MS).unref();

  return {
    take,
    prove,
    trouble: () => redis.trouble() ?? doubt,
    adjust(receipt, adjustments) {
      if (adjustments.length === 0) return Promise.resolve();
      under.change(adjustments);
      const done = change(receipt, adjustments).finally(() => underWay.delete(done));
      underWay.add(done);
      return done;
    },
    async close() {
      clearInterval(pulse);
      await Promise.all(underWay);
      if (owed.length > 0 && redis.trouble() === undefined) await beat();
      await redis.close();
      await fence.close();
    },
  };
}

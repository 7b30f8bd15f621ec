import type { Claim } from "../store/counters/claim.ts";
import type { Fence } from "../store/fence.ts";
import type { Log } from "../telemetry/log.ts";
import { connect, type Connection, script } from "./connection.ts";
import { type Counted, CountersUnavailable, type SharedCounters } from "./counters.ts";
import { ends } from "./ends.ts";
import { readCounted, STATE, takeInput } from "./inputs.ts";
import { CLOCK, proveScript, takeScript } from "./scripts.ts";

const TAKE = script(takeScript(CLOCK));
const PROVE = script(proveScript(CLOCK));

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

/** Why limits cannot be counted at that address, or undefined where they can; takes nothing and leaves nothing. */
export async function troubleWith(url: string): Promise<string | undefined> {
  const redis = await connect(url, { warn() {}, info() {} });
  try {
    const away = redis.trouble();
    if (away === undefined) await refuseForgetting(redis);
    return away;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await redis.close();
  }
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
  const calls = ends(redis, log);
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
      const reply = (await redis.run(TAKE, takeInput(store, claim))) as readonly string[];
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
      if (came.kind === "taken") calls.began(claim);
      doubt = undefined;
      return came;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (doubt === undefined && redis.trouble() === undefined)
        log.warn({ reason: why }, "limits cannot be counted: what they limit is refused");
      doubt = why;
      throw error;
    }
  }

  return {
    take,
    prove,
    trouble: () => redis.trouble() ?? doubt,
    adjust: (receipt, adjustments) => calls.adjust(receipt, adjustments),
    async close() {
      await calls.close();
      await redis.close();
      await fence.close();
    },
  };
}

import type { Adjustment, Claim } from "../store/counters/claim.ts";
import type { Receipt } from "../store/fence.ts";
import type { Log } from "../telemetry/log.ts";
import { type Connection, script } from "./connection.ts";
import { adjustInput, placesOf, takeInput } from "./inputs.ts";
import { ADJUST, CLOCK, PLACE_MS, renewScript } from "./scripts.ts";

const CHANGE = script(ADJUST);
const RENEW = script(renewScript(CLOCK));
/** Places are renewed this often, ms. */
const BEAT_MS = PLACE_MS / 4;
/** Ends whose amounts could not be told yet; beyond this they are told to the log and forgotten. */
const MAX_OWED = 10_000;

/** The places of calls under way, by call and counter. */
function places(redis: Connection) {
  const held = new Map<string, { readonly key: string; readonly call: string }>();
  return {
    take(claim: Claim): void {
      takeInput("", claim).keys.forEach((key, at) => {
        if (claim.charges[at - 1]?.window.kind === "held")
          held.set(`${claim.call} ${key}`, { key, call: claim.call });
      });
    },
    free(adjustments: readonly Adjustment[]): void {
      for (const change of adjustments)
        if (change.kind === "release")
          held.delete(`${change.call} ${placesOf(change.tenant, change.counter)}`);
    },
    async renew(): Promise<void> {
      const all = [...held.values()];
      if (all.length === 0) return;
      await redis.run(RENEW, { keys: all.map(({ key }) => key), args: all.map(({ call }) => call) });
    },
  };
}

/** What calls that were let through hold, and what their ends change. */
export function ends(redis: Connection, log: Pick<Log, "warn">) {
  const held = places(redis);
  const underWay = new Set<Promise<void>>();
  let owed: { readonly receipt: Receipt; readonly adjustments: readonly Adjustment[] }[] = [];

  async function change(receipt: Receipt, adjustments: readonly Adjustment[]): Promise<void> {
    try {
      await redis.run(CHANGE, adjustInput(receipt, adjustments));
    } catch {
      // A place runs out by itself; what is given back may have been already; what was used must not be forgotten.
      const more = adjustments.filter((one) => one.kind === "add" && one.by > 0);
      if (more.length > 0 && owed.length < MAX_OWED) owed.push({ receipt, adjustments: more });
      else if (more.length > 0) log.warn({ where: redis.where }, "what a call used could not be counted");
    }
  }

  async function beat(): Promise<void> {
    if (redis.trouble() !== undefined) return;
    const due = owed;
    owed = [];
    await Promise.all(due.map(({ receipt, adjustments }) => change(receipt, adjustments)));
    await held.renew().catch(() => {}); // the next beat comes soon
  }
  const pulse = setInterval(() => void beat(), BEAT_MS).unref();

  return {
    began: (claim: Claim): void => held.take(claim),
    adjust(receipt: Receipt, adjustments: readonly Adjustment[]): Promise<void> {
      if (adjustments.length === 0) return Promise.resolve();
      held.free(adjustments);
      const done = change(receipt, adjustments).finally(() => underWay.delete(done));
      underWay.add(done);
      return done;
    },
    /** Waits for what is under way, and tells what is still owed if it can. Never rejects. */
    async close(): Promise<void> {
      clearInterval(pulse);
      await Promise.all(underWay);
      if (owed.length > 0) await beat();
    },
  };
}

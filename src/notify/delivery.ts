import type { Instant } from "../call/id.ts";
import type { Outbox, Posted } from "../store/outbox.ts";
import type { Log } from "../telemetry/log.ts";
import { elsewhereTry, nextTry } from "./backoff.ts";
import { lanes } from "./lanes.ts";
import { later, type Outcome, SENT } from "./outcome.ts";
import type { Send } from "./send.ts";

export interface DeliveryPorts {
  readonly outbox: Outbox;
  readonly send: Send;
  readonly log: Pick<Log, "warn" | "error">;
  readonly now: () => Instant;
  /** 0 to 1. */
  readonly chance: () => number;
}

async function outcomeOf(send: Send, letter: Posted, signal: AbortSignal): Promise<Outcome> {
  const late = new Promise<Outcome>((resolve) => {
    signal.addEventListener("abort", () => resolve(later("it took too long")), { once: true });
  });
  try {
    return await Promise.race([send(letter, signal), late]);
  } catch (error) {
    return later(error instanceof Error ? error.message : String(error));
  }
}

/** When a letter that was not sent is tried again, if ever. */
function againAt(
  { at, attempts }: Posted,
  outcome: Exclude<Outcome, { readonly kind: "sent" }>,
  now: Instant,
  chance: number,
): Instant | undefined {
  if (outcome.kind === "never") return undefined;
  if (outcome.kind === "elsewhere") return elsewhereTry(at, now, chance);
  return nextTry(at, now, attempts, outcome.after_ms ?? 0, chance);
}

/** Says in the outbox, and to the log where nobody else would, what became of a letter. */
async function settle(
  { outbox, log, now, chance }: DeliveryPorts,
  letter: Posted,
  outcome: Outcome,
): Promise<void> {
  if (outcome.kind === "sent") return void (await outbox.done(letter, now()));
  const at = againAt(letter, outcome, now(), chance());
  if (at !== undefined && outcome.kind === "elsewhere")
    return void (await outbox.defer(letter, at, outcome.why));
  const { id, to, topic, about, attempts } = letter;
  const said = { notice: id, to, topic, about, why: outcome.why, attempts };
  if (at === undefined) {
    if (await outbox.dead(letter, now(), outcome.why)) log.error(said, "a notice was given up");
  } else if (await outbox.retry(letter, at, outcome.why)) {
    log.warn(said, "a notice could not be sent, and is tried again");
  }
}

/** Sends letters under a lease, each to its end: sent, put off, to be tried again, or given up. `ending`: of this process. */
export function delivery(
  ports: DeliveryPorts,
  send_ms: number,
  ending: AbortSignal,
): (letter: Posted) => Promise<void> {
  const { outbox, now } = ports;
  const lane = lanes();
  return async (letter) => {
    const way = lane.enter(letter.to, now());
    if (way.kind === "wait") {
      await outbox.defer(letter, way.until, letter.why);
      if (way.all) await outbox.hold(letter.to, way.until);
      return;
    }
    const signal = AbortSignal.any([ending, AbortSignal.timeout(send_ms)]);
    const outcome = await outcomeOf(ports.send, letter, signal);
    const cut = ending.aborted && outcome.kind === "later";
    const rests = lane.leave(letter.to, now(), cut ? SENT : outcome);
    // What the end of this process cut short failed for no fault of its own.
    if (cut) return void (await outbox.retry(letter, now(), ""));
    await settle(ports, letter, outcome);
    if (rests !== undefined) await outbox.hold(letter.to, rests);
  };
}

import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Sink } from "../../config/sinks.ts";
import type { SinkLease, Sinks, Sunk } from "../../store/sinks.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Entry } from "../reading/entry.ts";
import { redactAll } from "../reading/export.ts";
import { markNow, newsAfter } from "../reading/follow.ts";
import type { Records } from "../reading/page.ts";
import type { Redact } from "../reading/redaction.ts";
import type { Out } from "./out.ts";
import { later, type Outcome } from "./outcome.ts";

export interface DrainPorts {
  readonly sink: Pick<Sink, "name" | "from">;
  readonly out: Out;
  readonly redact: Redact;
  /** Names this process. */
  readonly holder: string;
  readonly log: Pick<Log, "warn" | "error">;
  readonly now: () => Instant;
}

export interface DrainBounds {
  /** How long a lease holds; longer than one delivery takes. */
  readonly lease_ms: number;
  readonly deliver_ms: number;
  /** Entries of one delivery. */
  readonly entries: number;
}

/** What is read from, and kept in, of one tenant. */
export type TenantRows = Records & { readonly sinks: Sinks };

/** How far one step came. */
export type Step =
  /** Everything is with the receiver. */
  | { readonly kind: "even"; readonly sunk: Sunk }
  /** Some of it, and there is more. */
  | { readonly kind: "more"; readonly sunk: Sunk }
  | {
      readonly kind: "failed";
      readonly sunk: Sunk;
      readonly why: string;
      readonly after_ms: number | undefined;
    }
  /** Another process delivers. */
  | { readonly kind: "elsewhere" };

async function begin({ sink }: DrainPorts, rows: TenantRows): Promise<Pick<Sunk, "position" | "acts">> {
  return sink.from === "beginning" ? { position: 0, acts: 0 } : await markNow(rows);
}

/**
 * Delivers entries; where the receiver will not take them as they are, halves of them, and so finds the ones that it will
 * never take: those are told to the log, and passed over.
 */
async function deliverSome(
  ports: DrainPorts,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<Exclude<Outcome, { readonly kind: "refused" }>> {
  const outcome = await ports.out.deliver(entries, signal);
  if (outcome.kind !== "refused") return outcome;
  const [first] = entries;
  if (first === undefined) return { kind: "taken", refused: 0 };
  if (entries.length === 1) {
    ports.log.error(
      { sink: ports.sink.name, entry: first.id, why: outcome.why },
      "a sink will not take an entry",
    );
    return { kind: "taken", refused: 1 };
  }
  const middle = Math.ceil(entries.length / 2);
  const one = await deliverSome(ports, entries.slice(0, middle), signal);
  if (one.kind !== "taken") return one;
  const other = await deliverSome(ports, entries.slice(middle), signal);
  return other.kind === "taken" ? { kind: "taken", refused: one.refused + other.refused } : other;
}

async function delivered(ports: DrainPorts, entries: readonly Entry[], signal: AbortSignal) {
  try {
    return await deliverSome(ports, entries, signal);
  } catch (error) {
    return later(error instanceof Error ? error.message : String(error));
  }
}

/**
 * One step of a sink with one tenant's records: reads what came after what was taken, lets it out, and says in the store how
 * far it has come when the receiver has it, not before. So an entry is delivered at least once, whenever a process dies.
 * Rejects where the records cannot be read.
 */
export async function drainOnce(
  ports: DrainPorts,
  bounds: DrainBounds,
  rows: TenantRows,
  ending: AbortSignal,
): Promise<Step> {
  const { sink, holder, now, redact } = ports;
  const lease = (): SinkLease => ({ sink: sink.name, holder, until: now() + bounds.lease_ms });
  const known = await rows.sinks.get(sink.name);
  // Looking writes nothing.
  if (known !== undefined && (await newsAfter(rows, known, 1)).entries.length === 0)
    return { kind: "even", sunk: known };
  const held = await rows.sinks.hold(lease(), now(), known ?? (await begin(ports, rows)));
  if (held === undefined) return { kind: "elsewhere" };
  const { entries, mark, more } = await newsAfter(rows, held, bounds.entries);
  if (entries.length === 0) return { kind: "even", sunk: held };
  const signal = AbortSignal.any([ending, AbortSignal.timeout(bounds.deliver_ms)]);
  const outcome = await delivered(ports, await redactAll(entries, redact), signal);
  if (outcome.kind === "later") {
    // What the end of this process cut short failed for no fault of the receiver.
    const sunk = { ...held, at: now(), why: ending.aborted ? "" : outcome.why };
    await rows.sinks.move(lease(), sunk);
    return { kind: "failed", sunk, why: outcome.why, after_ms: outcome.after_ms };
  }
  const refused = outcome.kind === "taken" ? outcome.refused : entries.length;
  const sunk: Sunk = {
    ...mark,
    sent: held.sent + entries.length - refused,
    refused: held.refused + refused,
    at: now(),
    why: "",
  };
  if (!(await rows.sinks.move(lease(), sunk))) return { kind: "elsewhere" };
  return { kind: more ? "more" : "even", sunk };
}

/** How a sink stands with all tenants, for those who look after the gate. */
export interface SinkState {
  readonly state: "starting" | "even" | "behind" | "failing" | "elsewhere";
  readonly sent: number;
  readonly refused: number;
  readonly why: string;
}

/** Sums up what the last step with each tenant came to. */
export function stateOf(steps: ReadonlyMap<TenantId, Step>): SinkState {
  let state: SinkState["state"] = "starting";
  let [sent, refused, why] = [0, 0, ""];
  const worse: readonly SinkState["state"][] = ["starting", "elsewhere", "even", "behind", "failing"];
  for (const step of steps.values()) {
    const here = step.kind === "failed" ? "failing" : step.kind === "more" ? "behind" : step.kind;
    if (worse.indexOf(here) > worse.indexOf(state)) state = here;
    if (step.kind === "elsewhere") continue;
    sent += step.sunk.sent;
    refused += step.sunk.refused;
    if (step.kind === "failed" && why === "") ({ why } = step);
  }
  return { state, sent, refused, why };
}

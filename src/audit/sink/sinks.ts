import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Sink } from "../../config/sinks.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { FormSource } from "../form/form.ts";
import { redaction } from "../reading/redaction.ts";
import { type DrainBounds, drainOnce, type DrainPorts, type SinkState, stateOf, type Step } from "./drain.ts";
import { outOf } from "./out.ts";

export interface SinksPorts {
  readonly store: Pick<Store, "forTenant" | "tenants">;
  readonly outbound: Outbound;
  readonly source: FormSource;
  /** What pseudonyms are made with. */
  readonly key: Uint8Array | undefined;
  readonly log: Pick<Log, "warn" | "error">;
  readonly now: () => Instant;
}

export interface SinksBounds extends DrainBounds {
  /** Records are looked at so often. */
  readonly look_ms: number;
  /** How long a sink that fails rests at first, and at most. */
  readonly rest_ms: number;
  readonly rest_most_ms: number;
}

const BOUNDS: SinksBounds = {
  lease_ms: 60_000,
  deliver_ms: 30_000,
  entries: 500,
  look_ms: 1_000,
  rest_ms: 2_000,
  rest_most_ms: 300_000,
};

/** Where records go on their own, while the gate runs. */
export interface RunningSinks {
  /** By the names of sinks. */
  readonly states: () => Readonly<Record<string, SinkState>>;
  /** Ends what is under way and lets other processes go on. */
  readonly close: () => Promise<void>;
}

/** Whoever has records: everybody there ever was, or those that the sink names. */
async function tenantsOf({ tenants: named }: Sink, store: SinksPorts["store"]): Promise<readonly TenantId[]> {
  if (named !== undefined) return named;
  return [...new Set<TenantId>(["default", ...(await store.tenants.list()).map(({ id }) => id)])];
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** When a tenant's records are tried again, after what failed. */
interface Rest {
  readonly until: Instant;
  readonly failures: number;
}

/** One sink with all its tenants, one after the other, until it is told to end. Never rejects. */
async function running(
  sink: Sink,
  { store, ...ports }: SinksPorts,
  bounds: SinksBounds,
  steps: Map<TenantId, Step>,
  ending: AbortSignal,
): Promise<void> {
  const { log, now } = ports;
  const holder = randomUUID();
  const out = await outOf(sink, ports);
  const drain: DrainPorts = { ...ports, sink, out, holder, redact: redaction(sink.redact, ports.key) };
  const rests = new Map<TenantId, Rest>();
  let trouble = "";
  const say = (why: string, tenant?: TenantId): void => {
    if (why !== "" && why !== trouble)
      log.warn({ sink: sink.name, tenant, why }, "a sink does not take records; they wait");
    trouble = why;
  };

  async function step(tenant: TenantId): Promise<boolean> {
    const rest = rests.get(tenant);
    if (rest !== undefined && now() < rest.until) return false;
    const came = await drainOnce(drain, bounds, store.forTenant(tenant), ending);
    steps.set(tenant, came);
    if (came.kind !== "failed") {
      rests.delete(tenant);
      return came.kind === "more";
    }
    const failures = (rest?.failures ?? 0) + 1;
    const usual = Math.min(bounds.rest_most_ms, bounds.rest_ms * 2 ** Math.min(failures - 1, 16));
    rests.set(tenant, { failures, until: now() + Math.max(came.after_ms ?? 0, usual) });
    if (!ending.aborted) say(came.why, tenant);
    return false;
  }

  while (!ending.aborted) {
    let more = false;
    try {
      const tenants = await tenantsOf(sink, store);
      for (const tenant of tenants) {
        if (ending.aborted) break;
        more = (await step(tenant)) || more;
      }
      if (rests.size === 0) trouble = "";
    } catch (error) {
      say(`the records cannot be read: ${reasonOf(error)}`);
    }
    if (!more) await sleep(bounds.look_ms, undefined, { signal: ending, ref: false }).catch(() => {});
  }
  for (const [tenant, { kind }] of steps)
    if (kind !== "elsewhere")
      await store
        .forTenant(tenant)
        .sinks.release(sink.name, holder)
        .catch(() => {}); // the lease runs out
  await out.close();
}

/**
 * Lets records go to all sinks, each at its own pace, from the store and never from the path of a call: a sink that is slow or
 * away keeps nothing but itself waiting, and nothing is held in memory but one delivery of each.
 */
export function openSinks(
  sinks: readonly Sink[],
  ports: SinksPorts,
  some: Partial<SinksBounds> = {},
): RunningSinks {
  const bounds = { ...BOUNDS, ...some };
  const ending = new AbortController();
  const runs = sinks.map((sink) => {
    const steps = new Map<TenantId, Step>();
    const done = running(sink, ports, bounds, steps, ending.signal).catch((error: unknown) =>
      ports.log.error({ sink: sink.name, why: reasonOf(error) }, "a sink has ended"),
    );
    return { name: sink.name, steps, done };
  });
  return {
    states: () => Object.fromEntries(runs.map(({ name, steps }) => [name, stateOf(steps)])),
    async close() {
      ending.abort();
      await Promise.all(runs.map(({ done }) => done));
      await ports.outbound.close();
    },
  };
}

import type { JsonObject } from "../call/json.ts";
import type { LogState } from "../audit/log/state.ts";
import type { Following } from "../rollout/follow.ts";
import type { Store } from "../store/store.ts";
import type { Gate } from "./gate.ts";

interface HealthParts {
  readonly gate: Pick<Gate, "version" | "voters">;
  readonly store: Pick<Store, "check">;
  readonly following: () => Following | undefined;
  readonly counting: () => string;
  readonly logState: () => LogState;
  readonly sinkStates: (() => unknown) | undefined;
}

/** How a gate is, for whoever probes it: whether all parts do what they are for, and each part. */
export function healthOf(
  { gate, store, following, counting, logState, sinkStates }: HealthParts,
  guards: () => JsonObject,
) {
  return {
    version: gate.version,
    ready: () => store.check(),
    well: () =>
      counting() === "ok" &&
      logState().state === "ok" &&
      following()?.problem === undefined &&
      !gate.voters.health().some(({ resting }) => resting),
    parts: () => ({
      policy: following() ?? null,
      voters: gate.voters.health(),
      guards: guards(),
      limits: counting(),
      log: logState(),
      ...(sinkStates !== undefined && { sinks: sinkStates() }),
    }),
  };
}

import type { JsonObject } from "../call/json.ts";
import { isAcross, may, ROOT_TENANT } from "../call/permission.ts";
import type { Principal } from "../call/principal.ts";
import type { LogState } from "../audit/log/state.ts";
import type { Following } from "../rollout/follow.ts";
import type { Store } from "../store/store.ts";
import { asOf } from "./as-of.ts";
import type { Gate } from "./gate.ts";

interface HealthParts {
  readonly gate: Gate;
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
    parts: (to: Principal): Readonly<Record<string, unknown>> | undefined => {
      if (!may(to, "state.read", to.tenant)) return undefined;
      // Of other tenants' gate somebody sees what holds for theirs.
      if (to.tenant !== ROOT_TENANT && !isAcross(to))
        return { policy: { version: asOf(gate, to).policy.version } };
      return {
        policy: following() ?? null,
        voters: gate.voters.health(),
        guards: guards(),
        limits: counting(),
        log: logState(),
        ...(sinkStates !== undefined && { sinks: sinkStates() }),
      };
    },
  };
}

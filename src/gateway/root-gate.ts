import { desk } from "../approval/desk.ts";
import { journal } from "../audit/journal.ts";
import { approvalId, callId } from "../call/id.ts";
import type { SharedCounters } from "../cluster/counters.ts";
import type { Config } from "../config/config.ts";
import type { Store } from "../store/store.ts";
import type { Gate } from "./gate.ts";
import { isObserved } from "./observed.ts";
import { tasks } from "./tasks/tasks.ts";
import { returns } from "./waiting/comeback.ts";

/** What a gate makes by itself of its configuration and its store. */
type Made =
  | "mode"
  | "limits"
  | "bounds"
  | "journal"
  | "desk"
  | "tasks"
  | "heldTasks"
  | "waits"
  | "returns"
  | "newCallId";

interface RootParts extends Omit<Gate, Made> {
  readonly store: Store;
  readonly counters: SharedCounters | undefined;
  /** What the gates of one store share. */
  readonly secret: () => Uint8Array | undefined;
}

/** The gate of whoever has none of their own. */
export function rootGate(
  { mode, limits, audit }: Config,
  { store, counters, secret, ...given }: RootParts,
): Gate {
  const { servers, log, now } = given;
  return {
    ...given,
    mode,
    limits,
    bounds: { bytes: limits.body_bytes, depth: limits.depth },
    journal: journal(store, {
      mode,
      detail: audit.detail,
      log,
      counters,
      observed: (call) => isObserved(servers.get(call.server)?.server.record, call),
    }),
    desk: desk(store, now, approvalId),
    tasks: tasks(store, now),
    heldTasks: new Map(),
    waits: new Set(),
    returns: returns(secret),
    newCallId: callId,
  };
}

import type { Fault } from "../call/fault.ts";
import type { Ending } from "./leg.ts";
import type { Outbox } from "./outbox.ts";
import type { Watch } from "./patience.ts";

/** A request on a channel that is not answered yet. */
export interface Asking {
  /** What its client has yet to take. */
  readonly out: Outbox;
  readonly initialize: boolean;
  readonly watch: Watch | undefined;
  readonly settle: { readonly resolve: (ending: Ending) => void; readonly reject: (fault: Fault) => void };
  readonly signal: AbortSignal;
  readonly aborted: () => void;
  /** The client itself has told the server that it gave up. */
  told: boolean;
}

import type { Journal } from "../audit/journal.ts";
import type { CallId, Instant } from "../call/id.ts";
import type { Config, Server } from "../config/config.ts";
import type { Policy } from "../policy/policy.ts";
import type { Order } from "../stages/order.ts";
import type { Log } from "../telemetry/log.ts";
import type { Upstream } from "../upstream/leg.ts";
import type { Bounds } from "../wire/frame.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Tasks } from "./tasks.ts";

/** A server and the way to it. */
export interface Governed {
  readonly server: Server;
  readonly upstream: Upstream;
}

/** Everything the path of a call needs, constructed once by `main.ts`. */
export interface Gate {
  readonly mode: Config["mode"];
  readonly limits: Config["limits"];
  readonly bounds: Bounds;
  /** In the order of the configuration. */
  readonly servers: ReadonlyMap<string, Governed>;
  readonly policy: Policy;
  readonly order: Order;
  readonly journal: Journal;
  readonly catalogue: Catalogue;
  readonly tasks: Tasks;
  readonly log: Log;
  readonly version: string;
  /** Wall clock, ms. */
  readonly now: () => Instant;
  /** Milliseconds with a fraction, never backwards. */
  readonly ticks: () => number;
  readonly newCallId: (at: Instant) => CallId;
}

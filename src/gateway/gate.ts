import type { Desk } from "../approval/desk.ts";
import type { Journal } from "../audit/journal.ts";
import type { CallId, Instant } from "../call/id.ts";
import type { Principal } from "../call/principal.ts";
import type { Config, Server } from "../config/config.ts";
import type { Policy } from "../policy/policy.ts";
import type { Beside } from "../rollout/reign.ts";
import type { Order } from "../stages/order.ts";
import type { Log } from "../telemetry/log.ts";
import type { Upstream } from "../upstream/leg.ts";
import type { Bounds } from "../wire/frame.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Voters } from "../voters/voters.ts";
import type { Tasks } from "./tasks.ts";

/** A server and the way to it. */
export interface Governed {
  readonly server: Server;
  readonly upstream: Upstream;
}

/** What decides for one principal at one moment: the same object for as long as the same does. */
export interface InForce {
  readonly policy: Policy;
  /** Judged too while one version replaces another; it never decides. */
  readonly beside?: Beside;
  readonly order: Order;
}

/** Everything the path of a call needs, constructed once by `main.ts`. */
export interface Gate extends InForce {
  /** Which version of policy a principal's next call belongs to. Use `asOf`. */
  readonly inForce: (principal: Principal) => InForce;
  readonly mode: Config["mode"];
  readonly limits: Config["limits"];
  readonly bounds: Bounds;
  /** In the order of the configuration. */
  readonly servers: ReadonlyMap<string, Governed>;
  /** Asked after policy; they can only tighten its verdict. */
  readonly voters: Voters;
  readonly journal: Journal;
  /** Where people are asked. */
  readonly desk: Desk;
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

import type { Desk } from "../approval/desk.ts";
import type { Grants } from "../approval/grants.ts";
import type { Journal } from "../audit/journal.ts";
import type { ApprovalId, CallId, Instant } from "../call/id.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import type { Config, Server } from "../config/config.ts";
import type { Alerts } from "../notify/alerts.ts";
import type { Policy } from "../policy/policy.ts";
import type { Beside } from "../rollout/reign.ts";
import type { Reveal } from "../stages/inspect-reveal.ts";
import type { Order } from "../stages/order.ts";
import type { Log } from "../telemetry/log.ts";
import type { Turns } from "../tenancy/turns.ts";
import type { Upstream } from "../upstream/leg.ts";
import type { Voters } from "../voters/voters.ts";
import type { Bounds } from "../wire/frame.ts";
import type { Catalogue } from "./lists/catalogue.ts";
import type { Tasks } from "./tasks/tasks.ts";
import type { Returns } from "./waiting/comeback.ts";
import type { Waiter } from "./waiting/linger.ts";
import type { HeldTasks } from "./waiting/held-tasks.ts";

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
  /** The gate as the principal's tenant has it, with its servers and its policy. Use `asOf`. Absent: it is the same for all. */
  readonly of?: (principal: Principal) => Gate;
  /** Whose calls are decided next, where several tenants call; absent: all at once. */
  readonly turns?: Turns;
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
  /** What principals were let do for a time. */
  readonly grants: Grants;
  /** Hears of what somebody may want to be told; absent: nobody is. */
  readonly alerts?: Alerts;
  /** Puts plain values in the place of marks, for servers that may have them. */
  readonly reveal: Reveal;
  readonly catalogue: Catalogue;
  readonly tasks: Tasks;
  /** Held calls that are tasks of the gate's own. */
  readonly heldTasks: HeldTasks;
  /** Calls that wait for people, each with a client that waits for it, the longest first. */
  readonly waits: Set<Waiter>;
  readonly returns: Returns;
  /** Where people see what became of a question, for so long; absent where this gate has no page that they reach. */
  readonly pageOf?: (tenant: TenantId, id: ApprovalId, until: Instant) => Promise<string> | undefined;
  readonly log: Log;
  readonly version: string;
  /** Wall clock, ms. */
  readonly now: () => Instant;
  /** Milliseconds with a fraction, never backwards. */
  readonly ticks: () => number;
  readonly newCallId: (at: Instant) => CallId;
}

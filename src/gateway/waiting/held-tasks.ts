import { randomBytes } from "node:crypto";
import { standingOf } from "../../approval/state.ts";
import { Fault } from "../../call/fault.ts";
import type { Instant } from "../../call/id.ts";
import type { JsonObject } from "../../call/json.ts";
import { crowding } from "../../call/crowding.ts";
import type { Principal } from "../../call/principal.ts";
import type { Ending } from "../../upstream/leg.ts";
import { spoken } from "../../upstream/spoken.ts";
import { frameOf } from "../../wire/frame.ts";
import { META } from "../../wire/revision.ts";
import type { Asking } from "../addresses/address.ts";
import { requestOf } from "../call.ts";
import { as } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { type Again, type Held, withdraw } from "./held.ts";

/** What came of a held call, as SEP-2663 says it of a task. */
type Status =
  | { readonly status: "working" | "cancelled" }
  | { readonly status: "completed"; readonly result: JsonObject }
  | { readonly status: "failed"; readonly error: JsonObject };

/** A held call as a task of the gate's own. */
interface HeldTask {
  readonly id: string;
  readonly owner: string;
  readonly held: Held;
  readonly began: Instant;
  /** The request, as it runs once people approve. */
  readonly later: Asking;
  readonly again: Again;
  changed: Instant;
  now: Status;
  /** Nobody is told of it any more after this. */
  until: Instant;
  running: boolean;
  /** Fires when its client does not want it any more. */
  readonly stop: AbortController;
}

/** They live and die with the process; the questions do not, so the same call made again finds what people said. */
export type HeldTasks = Map<string, HeldTask>;

const POLL_MS = 5_000;
/** How long a task is kept when it has ended, or its question is over. */
const KEPT_MS = 600_000;
const OWN_MOST = 32;
const ALL_MOST = 128;

function ownerOf({ tenant, id }: Principal): string {
  return `${tenant}\n${id}`;
}

/** Makes a task of a held call; undefined where there is no room. */
export function beginTask(gate: Gate, asking: Asking, held: Held, again: Again): Ending | undefined {
  const { heldTasks } = gate;
  const at = gate.now();
  for (const [id, { until }] of heldTasks) if (until <= at) heldTasks.delete(id);
  const owner = ownerOf(held.call.principal);
  const own = [...heldTasks.values()].filter((task) => task.owner === owner).length;
  if (own >= OWN_MOST || (heldTasks.size >= ALL_MOST && !makeRoom(heldTasks, held.call.principal)))
    return undefined;
  const stop = new AbortController();
  const task: HeldTask = {
    id: `held-${randomBytes(18).toString("base64url")}`,
    owner,
    held,
    began: at,
    later: unattended(gate, asking, stop.signal),
    again,
    changed: at,
    now: { status: "working" },
    until: held.approval.expires + KEPT_MS,
    running: false,
    stop,
  };
  heldTasks.set(task.id, task);
  return answer(asking, { resultType: "task", ...stateOf(task) });
}

/**
 * Nobody is kept out by somebody who has more: of their tasks one that has ended goes, else the oldest that does not run. Its question
 * stays: the call, made again, finds what people say.
 */
function makeRoom(heldTasks: HeldTasks, coming: Principal): boolean {
  const those = crowding(
    [...heldTasks.values()].filter(({ running, now }) => !running || now.status !== "working"),
    ({ held }) => held.call.principal,
    coming,
  );
  const [first] = those.toSorted(
    (a, b) => Number(a.now.status === "working") - Number(b.now.status === "working") || a.began - b.began,
  );
  if (first === undefined) return false;
  first.stop.abort();
  return heldTasks.delete(first.id);
}

/** The same request when nobody listens: its server cannot ask the client anything, nor make a task of it in turn. */
function unattended(gate: Gate, asking: Asking, stop: AbortSignal): Asking {
  const to = {};
  const frame = asking.frame.edit([{ kind: "set", path: ["params", "_meta", META.client_capabilities], to }]);
  return {
    ...asking,
    frame,
    message: requestOf(frame),
    listener: () => undefined,
    signal: AbortSignal.any([stop, asking.conversation.over.signal]),
    flight: { began_ms: gate.ticks(), server: undefined, cancelled: false },
  };
}

/**
 * What people decided is carried out when its owner asks how the task is: so it runs only for somebody who is there, and as
 * who that is now.
 */
async function look(gate: Gate, task: HeldTask, by: Principal): Promise<void> {
  if (task.now.status !== "working" || task.running) return;
  const { tenant } = task.held.call.principal;
  const approval = await gate.desk.get(tenant, task.held.approval.id);
  const state = approval === undefined ? "void" : standingOf(approval, gate.now()).state;
  if (state === "pending" || task.running) return;
  if (state === "approved" || state === "denied") void carryOut(gate, task, by);
  else if (state === "expired") become(gate, task, failed("Nobody answered in time. The call has not run."));
  else become(gate, task, failed("The question is over. Nothing ran for this task: make the call again."));
}

async function carryOut(gate: Gate, task: HeldTask, by: Principal): Promise<void> {
  task.running = true;
  const later = { ...task.later, conversation: as(task.later.conversation, by) };
  become(gate, task, await ran(later, task.again));
}

async function ran(later: Asking, again: Again): Promise<Status> {
  try {
    const ending = await again(later);
    const message = ending.kind === "answer" ? ending.frame.message : undefined;
    if (message?.kind === "result") return { status: "completed", result: message.result };
    if (message?.kind !== "error") return failed("Its answer was lost. Whether it ran is not known.");
    const { code, message: said, data } = message;
    return { status: "failed", error: { code, message: said, ...(data !== undefined && { data }) } };
  } catch (error) {
    if (later.signal.aborted) return { status: "cancelled" };
    return failed(error instanceof Fault ? error.message : "It could not be run.");
  }
}

function failed(message: string): Status {
  return { status: "failed", error: { code: 403, message } };
}

/** What has ended stays as it ended. */
function become(gate: Gate, task: HeldTask, now: Status): void {
  if (task.now.status !== "working") return;
  task.now = now;
  task.changed = gate.now();
  task.until = task.changed + KEPT_MS;
}

/**
 * Answers what its owner asks of a task of the gate's own; undefined where there is no such task, as for anybody else: then
 * it is asked of a server, which does not know it either.
 */
export function aboutTask(gate: Gate, asking: Asking): Promise<Ending> | undefined {
  const { conversation, message } = asking;
  const id = message.params["taskId"];
  const task = typeof id === "string" ? gate.heldTasks.get(id) : undefined;
  if (task === undefined || conversation.era !== "modern" || task.until <= gate.now()) return undefined;
  if (task.owner !== ownerOf(conversation.principal)) return undefined;
  switch (message.method) {
    case "tasks/get":
      return look(gate, task, conversation.principal).then(() =>
        answer(asking, { resultType: "complete", ...stateOf(task) }),
      );
    case "tasks/cancel":
      return cancelled(gate, asking, task);
    case "tasks/update":
      return Promise.resolve(answer(asking, { resultType: "complete" }));
    default:
      return undefined;
  }
}

/** Takes the question back; where it runs already, its server is told to stop. */
async function cancelled(gate: Gate, asking: Asking, task: HeldTask): Promise<Ending> {
  if (task.now.status === "working") {
    await withdraw(gate, task.held.call.principal, task.held.approval.id);
    become(gate, task, { status: "cancelled" });
    task.stop.abort();
  }
  return answer(asking, { resultType: "complete" });
}

function stateOf({ id, held, began, changed, now, until, running }: HeldTask): JsonObject {
  const { approval, hold } = held;
  const waits = running
    ? "People have decided; it is carried out."
    : `Waiting for people to approve ${approval.id} (rule ${hold.rule.rule}). It runs once they do.`;
  return {
    taskId: id,
    ...now,
    ...(now.status === "working" && { statusMessage: waits }),
    createdAt: new Date(began).toISOString(),
    lastUpdatedAt: new Date(changed).toISOString(),
    ttlMs: until - began,
    pollIntervalMs: POLL_MS,
  };
}

function answer({ message }: Asking, result: JsonObject): Ending {
  return spoken(frameOf({ kind: "result", id: message.id, result }));
}

import type { Call, Target } from "../../call/call.ts";
import type { Instant } from "../../call/id.ts";
import { digestBytes, isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { Principal } from "../../call/principal.ts";
import { type CallRecord, MAX_BEGUN, type Store } from "../../store/store.ts";

/** The call that began a task: what the task gives in the end is that call's answer. */
export interface Origin {
  readonly server: string;
  readonly method: string;
  readonly target: Target;
  /** Nobody owns it after this. */
  readonly until: Instant;
}

/**
 * Whose the task is that a call is about: the principal's own, or one that is asked for under an id that nobody has, so
 * that the server says what it says of any unknown one, whether it has the task or not.
 */
export type Ownership =
  | { readonly kind: "own"; readonly origin: Origin }
  | { readonly kind: "none"; readonly id: string; readonly nobody: string };

/** What the end of a call says in the journal where it began a task. */
interface Mark {
  /** Digest of the id, which may act as a bearer token. */
  readonly task: string;
  readonly task_until: Instant;
}

/** Who was given which task. The journal is the memory: another process, or this one after a restart, knows it too. */
export interface Tasks {
  /** Remembers the task that this result begins, at once; gives what the journal has to keep, undefined where it begins none. */
  readonly learn: (call: Call, result: JsonObject) => Mark | undefined;
  /**
   * The calls with which this principal began a task of that id, one a server; only those at `server` where it is
   * given. Empty: it has none, whoever else may have one. Rejects where the store cannot be read.
   */
  readonly find: (principal: Principal, id: string, server?: string) => Promise<readonly Origin[]>;
  /** Which of these ids are tasks that this principal began at that server. */
  readonly own: (
    principal: Principal,
    server: string,
    ids: readonly string[],
  ) => Promise<ReadonlySet<string>>;
}

/** Tasks that this process remembers itself; those of others, and older ones, are looked up. */
const REMEMBERED = 10_000;
/** A client may ask for what ended in the last moment, and hear of its end from the server. */
const GRACE_MS = 60_000;
/** Of a task that its server keeps for ever. */
const LONGEST_MS = 30 * 24 * 3_600_000;

/** The task a result begins: `task` in it (2025-11-25), or the result itself (`resultType: "task"`, SEP-2663). */
function begunBy(result: JsonObject): { readonly id: string; readonly ttl: Json | undefined } | undefined {
  const nested = member(result, "task");
  const flat = member(result, "resultType") === "task";
  const id = member(flat ? result : nested, "taskId");
  if (typeof id !== "string") return undefined;
  return { id, ttl: flat ? member(result, "ttlMs") : member(nested, "ttl") };
}

function lifetime(ttl: Json | undefined): number {
  return typeof ttl === "number" && ttl >= 0 ? Math.min(ttl + GRACE_MS, LONGEST_MS) : LONGEST_MS;
}

function targetOf({ target_kind, target }: CallRecord["opened"]): Target {
  if (target_kind === "tool" || target_kind === "prompt") return { kind: target_kind, name: target };
  return target_kind === "resource" ? { kind: "resource", uri: target } : { kind: "none" };
}

/** What a record says of the task it began. */
function originOf({ opened, closed }: CallRecord): readonly [task: string, origin: Origin] | undefined {
  const { task, task_until } = closed?.detail ?? {};
  if (typeof task !== "string" || typeof task_until !== "number") return undefined;
  const { server, method } = opened;
  return [task, { server, method, target: targetOf(opened), until: task_until }];
}

/** The newest of each server, and none that is over. */
function living(origins: readonly Origin[], now: Instant): readonly Origin[] {
  const servers = new Map<string, Origin>();
  for (const origin of origins)
    if (origin.until > now && !servers.has(origin.server)) servers.set(origin.server, origin);
  return [...servers.values()];
}

export function tasks(store: Store, now: () => Instant): Tasks {
  const remembered = new Map<string, readonly Origin[]>();
  const keyOf = ({ tenant, id }: Principal, task: string): string => `${task}\n${tenant}\n${id}`;

  function remember(key: string, origin: Origin): void {
    const others = (remembered.get(key) ?? []).filter(({ server }) => server !== origin.server);
    remembered.delete(key);
    remembered.set(key, [origin, ...others]);
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  }

  async function lookUp(
    principal: Principal,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, readonly Origin[]>> {
    const { journal } = store.forTenant(principal.tenant);
    const found = new Map<string, readonly Origin[]>();
    for (const record of await journal.begun(principal.id, digests)) {
      const one = originOf(record);
      if (one !== undefined) found.set(one[0], [...(found.get(one[0]) ?? []), one[1]]);
    }
    return found;
  }

  /** By digest, at one server or at all: what is remembered, then what the journal has. */
  async function origins(
    principal: Principal,
    digests: readonly string[],
    server: string | undefined,
  ): Promise<(digest: string) => readonly Origin[]> {
    const here = (all: readonly Origin[] | undefined): readonly Origin[] =>
      living(all ?? [], now()).filter((one) => server === undefined || one.server === server);
    const own = (digest: string): readonly Origin[] => here(remembered.get(keyOf(principal, digest)));
    // Only where any server will do can the journal add to what is remembered.
    const unknown = server === undefined ? digests : digests.filter((digest) => own(digest).length === 0);
    const written = await lookUp(principal, unknown);
    return (digest) => living([...own(digest), ...here(written.get(digest))], now());
  }

  return {
    learn(call, result) {
      const begun = call.target.kind === "task" ? undefined : begunBy(result);
      if (begun === undefined) return undefined;
      const until = now() + lifetime(begun.ttl);
      const task = digestBytes(begun.id);
      const { principal, server, method, target } = call;
      remember(keyOf(principal, task), { server, method, target, until });
      return { task, task_until: until };
    },
    async find(principal, id, server) {
      const digest = digestBytes(id);
      return (await origins(principal, [digest], server))(digest);
    },
    async own(principal, server, ids) {
      const asked = ids.slice(0, MAX_BEGUN).map((id) => [id, digestBytes(id)] as const);
      const digests = asked.map(([, digest]) => digest);
      const of = await origins(principal, digests, server);
      return new Set(asked.filter(([, digest]) => of(digest).length > 0).map(([id]) => id));
    },
  };
}

/** `notifications/tasks/status` (2025-11-25) and `notifications/tasks` (SEP-2663). */
export function isTaskNotice(method: string): boolean {
  return method === "notifications/tasks" || method.startsWith("notifications/tasks/");
}

/** The tasks that a `subscriptions/listen` asks to follow (SEP-2663): their ids, of so many entries; −1: it is no list. */
export function followed(
  params: JsonObject,
): { readonly ids: readonly string[]; readonly entries: number } | undefined {
  const asked = member(member(params, "notifications"), "taskIds");
  if (asked === undefined) return undefined;
  if (!Array.isArray(asked)) return { ids: [], entries: -1 };
  return { ids: asked.filter((id) => typeof id === "string"), entries: asked.length };
}

/** The ids of a `tasks/list` result, by their place. */
export function listed(result: JsonObject): readonly (string | undefined)[] {
  const items = member(result, "tasks");
  if (!Array.isArray(items)) return [];
  return items.map((item: Json) => {
    const id = isObject(item) ? member(item, "taskId") : undefined;
    return typeof id === "string" ? id : undefined;
  });
}

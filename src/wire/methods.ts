import type { Era, Target } from "../call/call.ts";
import { isObject, member, type Json, type JsonObject } from "../call/json.ts";

/** What the gate does with a request: only what is to be judged reaches policy, and only lists are filtered. */
export type Duty = "handshake" | "ping" | "list" | "level" | "judge";

interface Method {
  readonly duty: Duty;
  readonly target: (params: JsonObject) => Target;
  readonly args: (params: JsonObject) => JsonObject;
}

const NONE: Target = Object.freeze({ kind: "none" });
const NO_ARGS: JsonObject = Object.freeze({});

const none = (): Target => NONE;
const whole = (params: JsonObject): JsonObject => params;
const given = (params: JsonObject): JsonObject => {
  const args = member(params, "arguments");
  return isObject(args) ? args : NO_ARGS;
};
const text = (value: Json | undefined, to: (found: string) => Target): Target =>
  typeof value === "string" ? to(value) : NONE;
const tool = (params: JsonObject): Target => text(member(params, "name"), (name) => ({ kind: "tool", name }));
const prompt = (params: JsonObject): Target =>
  text(member(params, "name"), (name) => ({ kind: "prompt", name }));
const resource = (params: JsonObject): Target =>
  text(member(params, "uri"), (uri) => ({ kind: "resource", uri }));
const task = (params: JsonObject): Target => text(member(params, "taskId"), (id) => ({ kind: "task", id }));
const completed = (params: JsonObject): Target => {
  const ref = member(params, "ref");
  if (!isObject(ref)) return NONE;
  const type = member(ref, "type");
  if (type === "ref/prompt") return prompt(ref);
  return type === "ref/resource" ? resource(ref) : NONE;
};

const HANDSHAKE: Method = { duty: "handshake", target: none, args: whole };
const PING: Method = { duty: "ping", target: none, args: whole };
const LIST: Method = { duty: "list", target: none, args: whole };
const LEVEL: Method = { duty: "level", target: none, args: whole };
const OTHER: Method = { duty: "judge", target: none, args: whole };
const TASK: Method = { duty: "judge", target: task, args: whole };
const RESOURCE: Method = { duty: "judge", target: resource, args: whole };

/** Methods that both eras have, and those of the skills extension (SEP-2640). */
const BOTH = {
  "tools/list": LIST,
  "prompts/list": LIST,
  "resources/list": LIST,
  "resources/templates/list": LIST,
  "tools/call": { duty: "judge", target: tool, args: given },
  "prompts/get": { duty: "judge", target: prompt, args: given },
  "resources/read": RESOURCE,
  "completion/complete": { duty: "judge", target: completed, args: whole },
  "tasks/get": TASK,
  "tasks/cancel": TASK,
  "skills/list": LIST,
  "skills/get": RESOURCE,
  "resources/directory/read": RESOURCE,
} as const satisfies Record<string, Method>;

const METHODS: Readonly<Record<Era, ReadonlyMap<string, Method>>> = {
  legacy: new Map<string, Method>(
    Object.entries({
      ...BOTH,
      initialize: HANDSHAKE,
      ping: PING,
      "logging/setLevel": LEVEL,
      "resources/subscribe": RESOURCE,
      "resources/unsubscribe": RESOURCE,
      "tasks/list": OTHER,
      "tasks/result": TASK,
    }),
  ),
  modern: new Map<string, Method>(
    Object.entries({
      ...BOTH,
      "server/discover": HANDSHAKE,
      "subscriptions/listen": OTHER,
      "tasks/update": TASK,
    }),
  ),
};

/** The methods that an era knows. */
export function methodsOf(era: Era): readonly string[] {
  return [...METHODS[era].keys()];
}

/** Whatever else is asked of a task, now or one day, is asked of somebody's. */
const OF_TASKS = "tasks/";

/** A method means the same in every era that has it, so what it touches needs no era. */
function find(method: string): Method {
  return (
    METHODS.modern.get(method) ?? METHODS.legacy.get(method) ?? (method.startsWith(OF_TASKS) ? TASK : OTHER)
  );
}

/** What the gate does with a request of this era. What the era does not know is judged, with no target. */
export function dutyOf(era: Era, method: string): Duty {
  return METHODS[era].get(method)?.duty ?? "judge";
}

/** What a request touches; `none` for a method nobody knows, or where the member that names the target is no string. */
export function targetOf(method: string, params: JsonObject): Target {
  return find(method).target(params);
}

const NAMED: ReadonlySet<string> = new Set(["tools/call", "prompts/get"]);
const LOCATED: ReadonlySet<string> = new Set([
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "resources/directory/read",
  "skills/get",
]);

/**
 * Why a request cannot be judged: what names its target, or its arguments, is there in a shape that a server may
 * make something else of. Undefined for what is well-formed, and for methods that the era does not know.
 */
export function unjudgeable(era: Era, method: string, params: JsonObject): string | undefined {
  const unknown = !METHODS[era].has(method);
  if (method.startsWith(OF_TASKS) && !(unknown && member(params, "taskId") === undefined)) {
    if (find(method) !== TASK) return undefined;
    return typeof member(params, "taskId") === "string" ? undefined : "`taskId` must be a string";
  }
  if (unknown) return undefined;
  if (NAMED.has(method)) {
    if (typeof member(params, "name") !== "string") return "`name` must be a string";
    const args = member(params, "arguments");
    return args === undefined || isObject(args) ? undefined : "`arguments` must be an object";
  }
  if (LOCATED.has(method))
    return typeof member(params, "uri") === "string" ? undefined : "`uri` must be a string";
  if (method === "completion/complete") {
    return completed(params).kind === "none" ? "`ref` must name a prompt or a resource" : undefined;
  }
  return undefined;
}

/** `params.arguments` of tools and prompts (`{}` where it is absent or no object), else the whole `params`. */
export function argsOf(method: string, params: JsonObject): JsonObject {
  return find(method).args(params);
}

/** The URIs that a `subscriptions/listen` asks to follow, so that each can be judged like a `resources/subscribe`. */
export function resourcesOf(params: JsonObject): readonly string[] {
  const asked = member(member(params, "notifications"), "resourceSubscriptions");
  return Array.isArray(asked) ? asked.filter((uri) => typeof uri === "string") : [];
}

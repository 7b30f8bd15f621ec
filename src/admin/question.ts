import type { Era, Target } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import { hasArguments } from "../wire/arguments.ts";
import { argsOf, dutyOf, targetOf, unjudgeable } from "../wire/methods.ts";

/** What is asked about: a server, and what of it. */
interface Named {
  readonly server: string;
  /** The tool, prompt or address; "" where the server alone is meant. */
  readonly rest: string;
}

/** A question as the request that it stands for. */
export interface Meant {
  readonly server: string;
  readonly method: string;
  readonly target: Target;
  readonly args: JsonObject;
}

/** No server's name is longer (config/schema.ts). */
const NAME_CHARS = 64;

/**
 * `server/tool` and `server.tool` are a tool of that server, `server` alone the server; the longest name that a server
 * has wins. Where there is one server only, a name without a server is one of its. Undefined: it names no server.
 */
export function named(
  resource_id: string,
  isServer: (name: string) => boolean,
  only?: string,
): Named | undefined {
  if (resource_id.length <= NAME_CHARS && isServer(resource_id)) return { server: resource_id, rest: "" };
  for (let at = Math.min(resource_id.length - 1, NAME_CHARS); at > 0; at -= 1) {
    const mark = resource_id[at];
    if (mark !== "/" && mark !== ".") continue;
    const server = resource_id.slice(0, at);
    if (isServer(server)) return { server, rest: resource_id.slice(at + 1) };
  }
  return only === undefined ? undefined : { server: only, rest: resource_id };
}

/** `file:///a`, `/a`: an address and no name of a tool. */
const ADDRESS = /^(?:\/|[A-Za-z][A-Za-z0-9+.-]+:)/;
/** Words for reading what stands at an address. */
const READING: ReadonlySet<string> = new Set(["read", "get", "list", "view"]);

/** The parameters of an MCP request about what is named, or undefined where the method has no place for a name. */
function paramsOf(method: string, rest: string, args: JsonObject): JsonObject | undefined {
  if (hasArguments(method)) return { ...(rest !== "" && { name: rest }), arguments: args };
  if (rest === "") return args;
  if (method.startsWith("resources/") || method.startsWith("skills/")) return { ...args, uri: rest };
  return method.startsWith("tasks/") ? { ...args, taskId: rest } : undefined;
}

/**
 * What an operation on a thing means to the judge. With a `/` it is an MCP method and means what the gate would make of
 * that request. Any other word says what somebody wants to do: with a tool there is one thing, to call it; an address is
 * read, or the word itself is the method; of a server alone, the word is the method and nothing is named.
 * A text instead of a meaning says why the two do not fit together.
 */
export function meaning(
  { server, rest }: Named,
  operation: string,
  args: JsonObject,
  era: Era,
): Meant | string {
  if (operation.includes("/") || dutyOf(era, operation) !== "judge") {
    const params = paramsOf(operation, rest, args);
    if (params === undefined) return `\`${operation}\` names nothing by itself: name the server alone`;
    const wrong = unjudgeable(era, operation, params);
    if (wrong !== undefined) return `\`${operation}\` cannot be judged like this: ${wrong}`;
    return {
      server,
      method: operation,
      target: targetOf(operation, params),
      args: argsOf(operation, params),
    };
  }
  if (rest === "") return { server, method: operation, target: { kind: "none" }, args };
  if (!ADDRESS.test(rest))
    return { server, method: "tools/call", target: { kind: "tool", name: rest }, args };
  const method = READING.has(operation) ? "resources/read" : operation;
  return { server, method, target: { kind: "resource", uri: rest }, args: { ...args, uri: rest } };
}

import type { JsonPath } from "../call/json.ts";

const OWN: JsonPath = ["params", "arguments"];
const ALL: JsonPath = ["params"];

/** The member of `params` in which a request answers what its server asked before (2026-07-28, multi round-trip requests). */
export const ANSWERS = "inputResponses";

/** Whether the arguments of a method stand by themselves, under `arguments` of its params. */
export function hasArguments(method: string): boolean {
  return method === "tools/call" || method === "prompts/get";
}

/** Where the arguments of a request stand: of methods that have none of their own, its whole params are. */
export function argumentsAt(method: string): JsonPath {
  return hasArguments(method) ? OWN : ALL;
}

/** Those of these paths into a request that lead into its arguments, from there on: `a.b`. */
export function pathsInArguments(method: string, paths: readonly JsonPath[]): readonly string[] {
  const root = argumentsAt(method);
  return paths
    .filter((path) => root.every((key, at) => path[at] === key))
    .map((path) => path.slice(root.length).join("."));
}

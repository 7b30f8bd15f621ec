import { isObject, type Json, type JsonObject } from "../call/json.ts";

/**
 * Some readers take `Method` for `method` and the last of both (Go's encoding/json folds case, U+017F and U+212A
 * included). A name that only folding makes one of ours would be judged as nothing and read as something.
 */
export function folded(name: string): string {
  return name.toLowerCase().toUpperCase();
}

/** The first member whose name is not one of `names` but would be read as one by a reader that folds case. */
function lookalike(
  value: JsonObject,
  names: ReadonlySet<string>,
  foldedNames: ReadonlySet<string>,
): string | undefined {
  for (const key in value) {
    if (!names.has(key) && foldedNames.has(folded(key))) return key;
  }
  return undefined;
}

function both(names: readonly string[]): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  return [new Set(names), new Set(names.map(folded))];
}

const ROOT = both(["jsonrpc", "id", "method", "params", "result", "error"]);
const PARAMS = both([
  "name",
  "arguments",
  "uri",
  "ref",
  "taskId",
  "cursor",
  "level",
  "notifications",
  "requestId",
  "inputResponses",
  "requestState",
  "_meta",
]);
const REF = both(["type", "name", "uri"]);

/** A member of the message itself that could be read as another. */
export function alikeInRoot(root: JsonObject): string | undefined {
  return lookalike(root, ...ROOT);
}

/** A member of a client's `params`, or of the `ref` in it, that could be read as another. */
export function alikeInParams(params: JsonObject): string | undefined {
  const ref: Json | undefined = params["ref"];
  return lookalike(params, ...PARAMS) ?? (isObject(ref) ? lookalike(ref, ...REF) : undefined);
}

import type { Call } from "../call/call.ts";

/** What a call is for, as far as its name tells: shown and counted, never a reason to allow. */
export type Intent = "read" | "write" | "delete" | "execute" | "unknown";

/** Hints a server gives about its tool (MCP `ToolAnnotations`). It may say anything. */
export interface Annotations {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
}

const VERBS: Readonly<Record<Exclude<Intent, "unknown">, string>> = {
  read: "get list read search find fetch query show describe view count check status stat head tail cat ls look lookup inspect preview download select analyze summarize explain browse watch echo",
  write:
    "write create update set put add edit insert modify patch save upload move rename copy append replace send post publish deploy merge push commit import assign comment reply schedule mkdir make enable disable upsert",
  delete: "delete remove drop destroy purge rm rmdir clear truncate revoke uninstall unlink erase wipe reset",
  execute: "run exec execute eval evaluate shell bash sh command invoke spawn script terminal launch kill",
};
const OF_VERB: ReadonlyMap<string, Intent> = new Map(
  Object.entries(VERBS).flatMap(([intent, verbs]) =>
    verbs.split(" ").map((verb) => [verb, intent as Intent] as const),
  ),
);
const OF_METHOD: ReadonlyMap<string, Intent> = new Map([
  ["prompts/get", "read"],
  ["resources/read", "read"],
  ["resources/subscribe", "read"],
  ["resources/unsubscribe", "read"],
  ["subscriptions/listen", "read"],
  ["completion/complete", "read"],
  ["tasks/get", "read"],
  ["tasks/list", "read"],
  ["tasks/result", "read"],
  ["tasks/update", "write"],
  ["tasks/cancel", "delete"],
]);

/** Names come from clients, so what is remembered of them is bounded. */
const NAMES = 4_096;
const OF_NAME = new Map<string, Intent | undefined>();

function ofName(name: string): Intent | undefined {
  const known = OF_NAME.get(name);
  if (known !== undefined || OF_NAME.has(name)) return known;
  const found = firstVerb(name);
  if (OF_NAME.size >= NAMES) OF_NAME.clear();
  if (name.length <= 256) OF_NAME.set(name, found);
  return found;
}

/** `read_file`, `workers.deploy`, `getUserById` → the first word that is a verb we know. */
function firstVerb(name: string): Intent | undefined {
  const words = name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  for (const word of words) {
    const intent = OF_VERB.get(word);
    if (intent !== undefined) return intent;
  }
  return undefined;
}

/** From the method, else from the tool's name, else from what its server says of it. */
export function intentOf(call: Call, annotations: Annotations = {}): Intent {
  if (call.target.kind !== "tool") return OF_METHOD.get(call.method) ?? "unknown";
  const named = ofName(call.target.name);
  if (named !== undefined) return named;
  if (annotations.readOnlyHint === true) return "read";
  if (annotations.destructiveHint === true) return "delete";
  return annotations.readOnlyHint === false ? "write" : "unknown";
}

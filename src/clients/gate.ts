import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../call/json.ts";
import type { Client } from "./client.ts";
import { connected, disconnected, GATE } from "./connect.ts";
import { leadsToGate, readEntry } from "./entry.ts";
import { type FoundFile, type FoundList, readAs } from "./find.ts";
import type { Machine, Place } from "./places.ts";
import { places } from "./places.ts";
import type { Plan, Step } from "./plan.ts";
import type { FileRecord } from "./records.ts";
import { takenBack } from "./splice.ts";
import { memberAt, memberOf, type Read, valueOf } from "./syntax.ts";

/** The file in which a client looks for this user's servers, whether it exists or not. */
export function userPlace(client: Client, machine: Machine, exists: (file: string) => boolean): Place {
  const own = places(machine).filter((place) => place.client === client.id && place.scope === "user");
  const [first] = own;
  if (first === undefined) throw new Error(`no place for ${client.id}`);
  // A packaged Claude Desktop reads its own folder, though a file may stand in the documented one.
  return (client.id === "claude-desktop" ? undefined : own.find(({ file }) => exists(file))) ?? first;
}

/** How a client reaches the gate: an address, or words that start a program. */
export interface Way {
  readonly url: string;
  readonly words: readonly string[];
}

/** The entry that `connect` writes for a client. */
export function gateEntry(client: Client, { url, words: [command = "", ...args] }: Way): JsonObject {
  return { ...(client.remote?.(url) ?? { ...client.local, command, args }) };
}

function stepOf(
  file: FoundFile,
  kind: Step["kind"],
  note?: string,
  { before = [], after = [] }: Partial<Pick<Step, "before" | "after">> = {},
): Step {
  const list: FoundList = {
    client: file.client,
    scope: file.place.scope,
    file: file.place.file,
    project: undefined,
    keys: file.client.keys,
    servers: [],
  };
  return { list, server: GATE, kind, note, before, after, secrets: [] };
}

function planOf(file: FoundFile, was: FileRecord, step: Step, text: string | undefined, record = was): Plan {
  return { file, text, steps: [step], was, record, moves: [], backup: file.text, restores: [] };
}

/** Why an entry that is not ours stays. */
const SOMEBODY_ELSES = "has an entry `portcullis` that `connect` did not write: rename it, or take it out";

/** What `connect` does to a client's file: one entry that leads to the gate, in the place of the one written before. */
export function planConnect(file: FoundFile, was: FileRecord, value: JsonObject): Plan {
  const { client } = file;
  const keys = [...client.keys, GATE];
  const there = memberAt(file.root, keys)?.value;
  if (there !== undefined && isDeepStrictEqual(valueOf(there), value))
    return planOf(file, was, stepOf(file, "none", "is connected already"), file.text);
  let { text, root } = file;
  if (there !== undefined) {
    const old = was.connected?.edit;
    const ours = old !== undefined && takenBack(text, root, old) !== undefined;
    const back = ours ? disconnected(text, root, client, old, (next) => readAs(client, next)) : undefined;
    const read: Read | undefined = back === undefined ? undefined : readAs(client, back.text);
    if (back === undefined || read?.kind !== "read")
      return planOf(file, was, stepOf(file, "refused", SOMEBODY_ELSES), file.text);
    text = back.text;
    root = read.root;
  }
  const done = connected(text, root, client, value);
  const now = done === undefined ? undefined : readAs(client, done.text);
  const entry = now?.kind === "read" ? memberAt(now.root, keys)?.value : undefined;
  if (done === undefined || entry === undefined || !isDeepStrictEqual(valueOf(entry), value)) {
    const note = `has no place for an entry: make \`${client.keys.join(".")}\` a table of servers`;
    return planOf(file, was, stepOf(file, "refused", note), file.text);
  }
  const created = was.connected?.created ?? file.bytes === undefined;
  const edit = { ...done.edit, keys: [...done.edit.keys] };
  const step = stepOf(file, "connect", undefined, { after: [JSON.stringify(value)] });
  return planOf(file, was, step, done.text, { ...was, connected: { edit, created } });
}

/** What `disconnect` does: the entry is taken out, to the byte where nobody touched it; a file that `connect` made goes away. */
export function planDisconnect(file: FoundFile, was: FileRecord): Plan {
  const { client, root, text } = file;
  const keys = [...client.keys, GATE];
  const part = memberAt(root, keys)?.value;
  const { connected: known, ...record } = was;
  if (part === undefined) return planOf(file, was, stepOf(file, "none", "is not connected"), text, record);
  const entry = readEntry(GATE, keys, part);
  const list = memberOf(root, client.keys[0] ?? "");
  if (list === undefined || (known === undefined && (entry === undefined || !leadsToGate(entry))))
    return planOf(file, was, stepOf(file, "refused", SOMEBODY_ELSES), text);
  const back = disconnected(text, root, client, known?.edit, (next) => readAs(client, next));
  if (back === undefined)
    return planOf(
      file,
      was,
      stepOf(file, "refused", "cannot be taken out: delete the entry `portcullis`"),
      text,
    );
  const note = back.exact ? undefined : "it was edited since: the entry is taken out, everything else stays";
  const rest = known?.created === true && back.text.trim() === "" ? undefined : back.text;
  const step = stepOf(file, "disconnect", note, { before: [JSON.stringify(valueOf(part))] });
  return { ...planOf(file, was, step, rest, record), backup: back.exact ? undefined : text };
}

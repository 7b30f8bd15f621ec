import { type Entry, readEntry } from "./entry.ts";
import { type FoundFile, type FoundList, type FoundServer, listsIn, readAs } from "./find.ts";
import type { FileRecord } from "./records.ts";
import type { Move } from "./secrets.ts";
import { memberAt, type Part, sameBut } from "./syntax.ts";

/** What is to happen to one server, or why nothing is: `none` where nothing need, `refused` where nothing can. */
export interface Step {
  readonly list: FoundList;
  readonly server: string;
  readonly kind: "wrap" | "move" | "unwrap" | "connect" | "disconnect" | "none" | "refused";
  /** Of `none` and `refused` why; of `unwrap` what was written since and stays. */
  readonly note: string | undefined;
  /** What goes to the keychain, or comes back, by name. */
  readonly secrets: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What is to happen to one file. Nothing is done yet. */
export interface Plan {
  readonly file: FoundFile;
  /** Undefined where the file goes away. */
  readonly text: string | undefined;
  readonly steps: readonly Step[];
  /** What is written down about the file, now and then. */
  readonly was: FileRecord;
  readonly record: FileRecord;
  readonly moves: readonly Move[];
  /** Its backup: the text as it is, without the secrets that move. None where the change takes back one of ours exactly. */
  readonly backup: string | undefined;
  /** Entries, by their keys, whose secrets come back from the keychain. */
  readonly restores: readonly (readonly string[])[];
}

/** Whether two paths are the same. */
export const sameKeys = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key, index) => key === other[index]);

/** An entry as it stands in a text; undefined where it is gone. */
export function entryAt(file: FoundFile, text: string, keys: readonly string[]): Entry | undefined {
  const read = readAs(file.client, text);
  const part = read.kind === "read" ? memberAt(read.root, keys)?.value : undefined;
  return part === undefined ? undefined : readEntry(keys.at(-1) ?? "", keys, part);
}

function rootOf(file: FoundFile, text: string): Part | undefined {
  const read = readAs(file.client, text);
  return read.kind === "read" ? read.root : undefined;
}

/** The paths of what may change in an entry. */
function touched({ keys, holder }: Entry): readonly (readonly string[])[] {
  const at = [...keys, ...holder];
  return ["command", "path", "args", "env"]
    .map((key) => [...at, key])
    .concat(holder.length > 0 ? [[...keys, "command"]] : []);
}

/** A plan whose text says the same as before in everything but the entries that it changes; else nothing is planned. */
export function checked(plan: Plan & { readonly text: string }, entries: readonly Entry[]): Plan {
  const root = rootOf(plan.file, plan.text);
  if (root !== undefined && sameBut(plan.file.root, root, entries.flatMap(touched))) return plan;
  const note = "is written in a way that cannot be changed safely: change it by hand";
  const steps = plan.steps.map((step) =>
    step.kind === "none" ? step : { ...step, kind: "refused" as const, note },
  );
  return {
    ...plan,
    text: plan.file.text,
    backup: plan.file.text,
    steps,
    record: plan.was,
    moves: [],
    restores: [],
  };
}

/** A server, and the list that it stands in. */
export interface Target {
  readonly list: FoundList;
  readonly server: FoundServer;
}

/** The servers of a file, in its order. */
export function targetsIn(file: FoundFile): readonly Target[] {
  const lists = listsIn(file.place, file.client, file.root);
  return lists.flatMap((list) => list.servers.map((server) => ({ list, server })));
}

import { type Entry, readEntry, wrappingOf } from "./entry.ts";
import { type FoundFile, type FoundList, type FoundServer, listsIn, readAs } from "./find.ts";
import { interpreterFor } from "./launcher.ts";
import type { FileRecord } from "./records.ts";
import { accountsIn, type Move, moveSecrets } from "./secrets.ts";
import { memberAt, type Part, type Read, sameBut } from "./syntax.ts";
import { unwrapEntry, wrapEntry } from "./wrap.ts";

/** What is to happen to one server, or why nothing is. */
export interface Step {
  readonly list: FoundList;
  readonly server: string;
  readonly kind: "wrap" | "move" | "unwrap" | "connect" | "disconnect" | "none";
  /** Of `none` why; of `unwrap` what was written since and stays. */
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
  /** Its backup: the text as it is, without the secrets that move. */
  readonly backup: string;
  /** Entries, by their keys, whose secrets come back from the keychain. */
  readonly restores: readonly (readonly string[])[];
}

export interface Wrapper {
  readonly platform: NodeJS.Platform;
  /** The words that start this program. */
  readonly launcher: readonly string[];
  /** Absolute path of the configuration that wrapped servers get; undefined: they are watched only. */
  readonly config: string | undefined;
}

const SKIPPED =
  "is reached by its address, and only programs can be wrapped: put it behind the gate, and `connect` the client";

/** A name that records and policy can have. */
function plainName(name: string): string {
  return (
    name
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 64) || "server"
  );
}

function wrapWords(
  { platform, launcher, config }: Wrapper,
  name: string,
  program: string,
): readonly string[] {
  const options = ["--name", plainName(name), ...(config === undefined ? [] : ["--config", config])];
  return [...launcher, "wrap", ...options, "--", ...interpreterFor(program, platform)];
}

const sameKeys = (one: readonly string[], other: readonly string[]): boolean =>
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
function checked(plan: Plan & { readonly text: string }, entries: readonly Entry[]): Plan {
  const root = rootOf(plan.file, plan.text);
  if (root !== undefined && sameBut(plan.file.root, root, entries.flatMap(touched))) return plan;
  const note = "is written in a way that cannot be changed safely: change it by hand";
  const steps = plan.steps.map((step) =>
    step.kind === "none" ? step : { ...step, kind: "none" as const, note },
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

/** Why a server is not wrapped; undefined where it can be. */
function whyNot({ kind, gate, name, entry }: FoundServer): string | undefined {
  if (gate) return "leads to the gate";
  if (kind === "remote") return SKIPPED;
  if (kind === "unknown" || entry.words?.[0] === "")
    return `names no program that can be started: look at ${name}`;
  return undefined;
}

interface Target {
  readonly list: FoundList;
  readonly server: FoundServer;
}

function targetsIn(file: FoundFile): readonly Target[] {
  const lists = listsIn(file.place, file.client, file.root);
  return lists.flatMap((list) => list.servers.map((server) => ({ list, server })));
}

/** The text without the secrets of these servers. */
function withoutSecrets(
  file: FoundFile,
  targets: readonly Target[],
): { readonly text: string; readonly moves: readonly (readonly [Target, Move])[] } {
  let { text } = file;
  const moves: (readonly [Target, Move])[] = [];
  for (const target of targets) {
    const entry = entryAt(file, text, target.server.entry.keys);
    const moved = entry === undefined ? undefined : moveSecrets(text, entry);
    if (moved === undefined) continue;
    text = moved.text;
    moves.push(...moved.moves.map((move) => [target, move] as const));
  }
  return { text, moves };
}

/**
 * What `wrap --all` does to a file: each server that is a program gets `portcullis wrap --name N --` before it. One that
 * we wrapped is wrapped anew where the words differ; one that somebody else wrapped stays. With `moving`, secrets of its
 * environment and its arguments go to the keychain.
 */
export function planWrap(file: FoundFile, was: FileRecord, wrapper: Wrapper, moving: boolean): Plan {
  const targets = targetsIn(file);
  const able = targets.filter(({ server }) => whyNot(server) === undefined);
  const bare = withoutSecrets(file, moving ? able : []);
  let { text } = bare;
  const wrapped = new Map(was.wrapped.map((one) => [JSON.stringify(one.keys), one]));
  const read = (next: string): Read => readAs(file.client, next);
  const wrapOne = ({ server: { entry: found, name } }: Target): boolean => {
    const id = JSON.stringify(found.keys);
    const known = wrapped.get(id);
    let entry = entryAt(file, text, found.keys);
    const wrapping = wrappingOf(entry?.words ?? []);
    if (entry !== undefined && wrapping !== undefined) {
      const due = wrapWords(wrapper, name, wrapping.inner[0] ?? "");
      const has = [...wrapping.launcher, ...wrapping.options, "--"];
      // What stands behind an interpreter was given one by us.
      if (known === undefined || sameKeys(has, due.slice(0, has.length))) return false;
      const back = unwrapEntry(text, read, entry, known.edits);
      if (back === undefined) return false;
      text = back.text;
      entry = entryAt(file, text, found.keys);
    }
    const done =
      entry === undefined
        ? undefined
        : wrapEntry(text, entry, wrapWords(wrapper, name, entry.words?.[0] ?? ""));
    if (done === undefined) return false;
    text = done.text;
    wrapped.set(id, {
      keys: [...found.keys],
      edits: done.edits.map((edit) => ({ ...edit, keys: [...edit.keys] })),
    });
    return true;
  };
  const steps = targets.map((target): Step => {
    const { list, server } = target;
    const before = server.entry.words ?? [];
    const plain = { list, server: server.name, before, after: before, secrets: [] };
    const reason = whyNot(server);
    if (reason !== undefined) return { ...plain, kind: "none", note: reason };
    const secrets = bare.moves.flatMap(([one, { called }]) => (one === target ? [called] : []));
    const kind = wrapOne(target) ? "wrap" : secrets.length > 0 ? "move" : "none";
    const after = entryAt(file, text, server.entry.keys)?.words ?? before;
    return { ...plain, kind, after, secrets, note: kind === "none" ? "is wrapped already" : undefined };
  });
  const record = { ...was, wrapped: [...wrapped.values()] };
  const moves = bare.moves.map(([, move]) => move);
  return checked(
    { file, text, steps, was, record, moves, backup: bare.text, restores: [] },
    able.map(({ server }) => server.entry),
  );
}

/**
 * What `unwrap --all` does to a file: to the byte as it was, where nobody touched our words since; else the command alone
 * is put back and everything else stays. What is wrapped with options that `wrap --all` does not write stays too.
 */
export function planUnwrap(file: FoundFile, was: FileRecord): Plan {
  const targets = targetsIn(file).filter(({ server }) => server.wrapped);
  let { text } = file;
  const read = (next: string): Read => readAs(file.client, next);
  const steps = targets.map(({ list, server }): Step => {
    const { keys } = server.entry;
    const before = server.entry.words ?? [];
    const plain = { list, server: server.name, before, after: before, secrets: [] };
    const known = was.wrapped.find((one) => sameKeys(one.keys, keys));
    const options = (wrappingOf(before)?.options ?? []).filter((_, index) => index % 2 === 0);
    if (known === undefined && options.some((option) => option !== "--name" && option !== "--config"))
      return { ...plain, kind: "none", note: "was wrapped by hand: take the words up to `--` away yourself" };
    const entry = entryAt(file, text, keys);
    const back = entry === undefined ? undefined : unwrapEntry(text, read, entry, known?.edits ?? []);
    if (entry === undefined || back === undefined)
      return { ...plain, kind: "none", note: "cannot be taken back: take the words up to `--` away by hand" };
    text = back.text;
    const after = entryAt(file, text, keys)?.words ?? before;
    const note = back.exact ? undefined : "its lines were edited since: only the command is put back";
    return { ...plain, kind: "unwrap", note, after, secrets: accountsIn(entry) };
  });
  const undone = targets
    .filter((_, index) => steps[index]?.kind === "unwrap")
    .map(({ server }) => server.entry);
  const stays = was.wrapped.filter(({ keys }) =>
    steps.some(
      (step, index) => step.kind === "none" && sameKeys(targets[index]?.server.entry.keys ?? [], keys),
    ),
  );
  return checked(
    {
      file,
      text,
      steps,
      was,
      record: { ...was, wrapped: stays },
      moves: [],
      backup: file.text,
      restores: undone.filter((entry) => accountsIn(entry).length > 0).map(({ keys }) => keys),
    },
    undone,
  );
}

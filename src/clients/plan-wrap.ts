import { wrappingOf } from "./entry.ts";
import { type FoundFile, type FoundServer, readAs } from "./find.ts";
import { interpreterFor } from "./launcher.ts";
import { checked, entryAt, type Plan, sameKeys, type Step, type Target, targetsIn } from "./plan.ts";
import type { FileRecord } from "./records.ts";
import { type Move, moveSecrets } from "./secrets.ts";
import type { Edit } from "./splice.ts";
import { memberAt } from "./syntax.ts";
import { unwrapEntry, wrapEntry } from "./wrap.ts";

/** What is put before a server's own command. */
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

/** Why a server is not wrapped; undefined where it can be. */
function whyNot({ kind, gate, name, entry }: FoundServer): string | undefined {
  if (gate) return "leads to the gate";
  if (kind === "remote") return SKIPPED;
  if (entry.program !== undefined && entry.words === undefined)
    return `has a command that is not all text: look at ${name}`;
  if (kind === "unknown" || entry.words?.[0] === "")
    return `names no program that can be started: look at ${name}`;
  return undefined;
}

/** A variable of an entry that would configure the gate in front of it, whatever its configuration says. */
function settingIn({ entry }: FoundServer): string | undefined {
  const env = memberAt(entry.part, [...entry.holder, "env"])?.value;
  const keys = env?.kind === "object" ? env.members.map(({ key }) => key) : [];
  return keys.find((key) => /^PORTCULLIS_/i.test(key));
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

/** The text with one server wrapped; undefined where it is already, in the way that is due or in somebody's own. */
function wrapped(
  file: FoundFile,
  text: string,
  { entry: found, name }: FoundServer,
  known: readonly Edit[] | undefined,
  wrapper: Wrapper,
): { readonly text: string; readonly edits: readonly Edit[] } | undefined {
  const entry = entryAt(file, text, found.keys);
  const wrapping = wrappingOf(entry?.words ?? []);
  if (entry === undefined) return undefined;
  if (wrapping === undefined) return wrapEntry(text, entry, wrapWords(wrapper, name, entry.words?.[0] ?? ""));
  const has = [...wrapping.launcher, ...wrapping.options, "--"];
  // Who is under a policy does not lose it because nobody named it again.
  const config = wrapper.config ?? wrapping.options.find((_, index, all) => all[index - 1] === "--config");
  const same: Wrapper = { ...wrapper, config };
  const due = wrapWords(same, name, wrapping.inner[0] ?? "");
  if (known === undefined || sameKeys(has, due.slice(0, has.length))) return undefined;
  const back = unwrapEntry(text, (next) => readAs(file.client, next), entry, known);
  const bare = back === undefined ? undefined : entryAt(file, back.text, found.keys);
  return back === undefined || bare === undefined
    ? undefined
    : wrapEntry(back.text, bare, wrapWords(same, name, bare.words?.[0] ?? ""));
}

/**
 * What `wrap --all` does to a file: each server that is a program gets `portcullis wrap --name N --` before it. One that
 * we wrapped is wrapped anew where the words differ; one that somebody else wrapped stays. With `moving`, secrets of its
 * environment and its arguments go to the keychain.
 */
export function planWrap(file: FoundFile, was: FileRecord, wrapper: Wrapper, moving: boolean): Plan {
  const targets = targetsIn(file);
  const records = new Map(was.wrapped.map((one) => [JSON.stringify(one.keys), one]));
  const isOurs = ({ wrapped: is, entry }: FoundServer): boolean =>
    !is || records.has(JSON.stringify(entry.keys));
  const settingOf = (server: FoundServer): string | undefined =>
    isOurs(server) ? settingIn(server) : undefined;
  const able = targets.filter(
    ({ server }) => whyNot(server) === undefined && settingOf(server) === undefined,
  );
  // What somebody else wrapped may be started by a program that knows no keychain.
  const ours = able.filter(({ server }) => isOurs(server));
  const bare = withoutSecrets(file, moving ? ours : []);
  let { text } = bare;
  const steps = targets.map((target): Step => {
    const { list, server } = target;
    const { keys } = server.entry;
    const before = server.entry.words ?? [];
    const plain = { list, server: server.name, before, after: before, secrets: [] };
    const reason = whyNot(server);
    if (reason !== undefined) return { ...plain, kind: "none", note: reason };
    const setting = settingOf(server);
    if (setting !== undefined)
      return {
        ...plain,
        kind: "refused",
        note: `sets ${setting} for the gate in front of it: take that out`,
      };
    const secrets = bare.moves.flatMap(([one, { called }]) => (one === target ? [called] : []));
    const id = JSON.stringify(keys);
    const done = wrapped(file, text, server, records.get(id)?.edits, wrapper);
    if (done !== undefined) {
      text = done.text;
      const edits = done.edits.map((edit) => ({ ...edit, keys: [...edit.keys] }));
      records.set(id, { keys: [...keys], edits });
    }
    const kind = done !== undefined ? "wrap" : secrets.length > 0 ? "move" : "none";
    const after = entryAt(file, text, keys)?.words ?? before;
    return { ...plain, kind, after, secrets, note: kind === "none" ? "is wrapped already" : undefined };
  });
  // Only `wrap` gives a server what stands in the keychain.
  if (steps.some(({ secrets, after }) => secrets.length > 0 && wrappingOf(after) === undefined))
    return planWrap(file, was, wrapper, false);
  const record = { ...was, wrapped: [...records.values()] };
  const moves = bare.moves.map(([, move]) => move);
  return checked(
    { file, text, steps, was, record, moves, backup: bare.text, restores: [] },
    able.map(({ server }) => server.entry),
  );
}

import { wrappingOf } from "./entry.ts";
import { type FoundFile, readAs } from "./find.ts";
import { checked, entryAt, type Plan, sameKeys, type Step, targetsIn } from "./plan.ts";
import type { FileRecord } from "./records.ts";
import { accountsIn } from "./secrets.ts";
import type { Read } from "./syntax.ts";
import { unwrapEntry } from "./wrap.ts";

/** Whether words look as `wrap --all` writes them: a name, perhaps a configuration, and then the command. */
function writtenByUs(words: readonly string[]): boolean {
  const { options = [] } = wrappingOf(words) ?? {};
  return (
    options[0] === "--name" && (options.length === 2 || (options.length === 4 && options[2] === "--config"))
  );
}

/**
 * What `unwrap --all` does to a file: to the byte as it was, where nobody touched our words since; else the command alone
 * is put back and everything else stays. What is wrapped with options that `wrap --all` does not write stays too.
 */
export function planUnwrap(file: FoundFile, was: FileRecord): Plan {
  const targets = targetsIn(file).filter(
    ({ server }) => server.wrapped || accountsIn(server.entry).length > 0,
  );
  let { text } = file;
  const read = (next: string): Read => readAs(file.client, next);
  const steps = targets.map(({ list, server }): Step => {
    const { keys } = server.entry;
    const before = server.entry.words ?? [];
    const plain = { list, server: server.name, before, after: before, secrets: [] };
    const secrets = accountsIn(server.entry);
    if (!server.wrapped)
      return { ...plain, kind: "unwrap", note: "is wrapped no more: its secrets are put back", secrets };
    const known = was.wrapped.find((one) => sameKeys(one.keys, keys));
    if (known === undefined && !writtenByUs(before))
      return { ...plain, kind: "none", note: "was wrapped by hand: take the words up to `--` away yourself" };
    const entry = entryAt(file, text, keys);
    const back = entry === undefined ? undefined : unwrapEntry(text, read, entry, known?.edits ?? []);
    if (entry === undefined || back === undefined)
      return {
        ...plain,
        kind: "refused",
        note: "cannot be taken back: take the words up to `--` away by hand",
      };
    text = back.text;
    const after = entryAt(file, text, keys)?.words ?? before;
    const note = back.exact ? undefined : "its lines were edited since: only the command is put back";
    return { ...plain, kind: "unwrap", note, after, secrets };
  });
  const undone = targets
    .filter((_, index) => steps[index]?.kind === "unwrap")
    .map(({ server }) => server.entry);
  const stays = was.wrapped.filter(({ keys }) =>
    steps.some(
      (step, index) => step.kind !== "unwrap" && sameKeys(targets[index]?.server.entry.keys ?? [], keys),
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
      backup: steps.some(({ kind, note }) => kind === "unwrap" && note !== undefined) ? file.text : undefined,
      restores: undone.filter((entry) => accountsIn(entry).length > 0).map(({ keys }) => keys),
    },
    undone,
  );
}

import { writeFileSync } from "node:fs";
import type { CompileOptions } from "../../policy/compile.ts";
import { parsePolicy } from "../../policy/parse.ts";
import { runTests } from "../../policy/test-run.ts";
import { type Count, counts } from "../../replay/count.ts";
import { underPolicy } from "../../replay/outcome.ts";
import { neededPeople, recordedCalls, targetOf } from "../../replay/recorded.ts";
import { walk } from "../../replay/replay.ts";
import { type Suggestion, suggestion } from "../../replay/suggest.ts";
import { usage, wasUsed } from "../../replay/usage.ts";
import type { CallRecord, TenantJournal } from "../../store/store.ts";
import { Failure } from "../failure.ts";
import { print } from "../out.ts";
import { withJournal } from "../records/records.ts";
import { say, tell } from "../say.ts";
import { policyOptions } from "./files.ts";
import { counted, progress } from "./replay.ts";

type Options = Readonly<Record<string, unknown>>;

const SINCE_MS = 30 * 86_400_000;
const SHOWN = 10;

interface Covered {
  readonly calls: number;
  readonly explained: number;
  readonly undecidable: readonly Count[];
  readonly denied: readonly Count[];
}

/** How many of the calls the policy allows. */
async function cover(
  calls: AsyncIterable<CallRecord>,
  text: string,
  options: CompileOptions,
): Promise<Covered> {
  const outcome = underPolicy(parsePolicy([{ file: "suggested", text }], options));
  const read = recordedCalls();
  const [undecidable, denied] = [counts(100), counts(100)];
  const sums = { calls: 0, explained: 0 };
  for await (const record of calls) {
    // What people let pass is theirs to let pass again.
    if (neededPeople(record.opened)) continue;
    sums.calls += 1;
    const { kind } = outcome(read(record));
    if (kind === "allow") sums.explained += 1;
    else (kind === "undecidable" ? undecidable : denied).add(targetOf(record.opened), record.opened.call);
  }
  return { ...sums, undecidable: undecidable.list(), denied: denied.list() };
}

/** What a policy must be before anybody sees it: readable, and true to its own tests. */
function prove(text: string, options: CompileOptions): void {
  const { results } = runTests([{ file: "suggested", text }], options, Date.now());
  const failed = results.find(({ passed }) => !passed);
  if (failed !== undefined)
    throw new Error(`the suggested policy fails its own test "${failed.name}": ${failed.diff.join("; ")}`);
}

function tellCoverage({ calls, explained, undecidable, denied }: Covered, { omitted }: Suggestion): void {
  const all = explained === calls;
  say(all ? "ok" : "warn", `${explained.toLocaleString("en")} of ${counted(calls, "call")} explained`);
  const list = (what: string, some: readonly Count[]): void => {
    for (const { name, calls: of, example } of some.slice(0, SHOWN))
      tell(`     ${counted(of, "call")} of ${name} ${what}  ${example}`);
  };
  list("cannot be judged by what was kept", undecidable);
  list("not allowed", denied);
  for (const reason of omitted.slice(0, SHOWN)) tell(`     left out: ${reason}`);
}

/** The calls that reached their servers, of the one that is named where one is. */
async function* used(
  journal: TenantJournal,
  options: Options,
  since: number,
  until: number,
  hear: (calls: number) => void,
): AsyncGenerator<CallRecord> {
  const server = options["server"] as string | undefined;
  for await (const record of walk(journal, { since, until, progress: hear })) {
    if (wasUsed(record) && (server === undefined || record.opened.server === server)) yield record;
  }
}

function save(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new Failure(2, `${file} exists, and is not written over`, "name another file");
    throw new Failure(3, `${file} cannot be written: ${message}`);
  }
}

/** `portcullis policy suggest`: the least that allows what was used, with tests. It is never put in force by itself. */
export async function suggest(_: readonly string[], options: Options): Promise<number> {
  const until = Date.now();
  const since = until - ((options["since"] as number | undefined) ?? SINCE_MS);
  // A server that is no longer configured was used all the same.
  const { servers: _servers, ...compiling } = policyOptions(options);
  const { hear, end } = progress();
  return await withJournal(options, async (journal) => {
    const found = usage(compiling.root ?? process.cwd());
    let [forgotten, approved] = [0, 0];
    for await (const record of used(journal, options, since, until, hear))
      if (neededPeople(record.opened)) approved += 1;
      else if (!found.add(record)) forgotten += 1;
    const list = found.list();
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
    if (list.length === 0)
      throw new Failure(
        1,
        approved === 0
          ? `no call reached a server since ${day(since)}`
          : `no call reached a server since ${day(since)} that people were not asked about`,
        "go further back with --since 90d",
      );
    const made = suggestion(list, [
      `The least that allows what was used from ${day(since)} to ${day(until)}. Read it before you put it in force:`,
      "what was not used in that time is denied, and what should not have been used is allowed.",
    ]);
    prove(made.text, compiling);
    const covered = await cover(used(journal, options, since, until, hear), made.text, compiling);
    end();
    const file = options["write"] as string | undefined;
    if (file === undefined) await print(made.text.trimEnd());
    else save(file, made.text);
    tellCoverage(covered, made);
    if (forgotten > 0) tell(`     ${counted(forgotten, "call")} beyond what is remembered`);
    if (approved > 0)
      tell(`     ${counted(approved, "call")} that people let pass left out: keep the rules that ask them`);
    if (file !== undefined) tell(`Next  portcullis policy test ${file}`);
    return 0;
  });
}

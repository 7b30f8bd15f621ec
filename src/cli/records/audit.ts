import { atomTag, parseAtomTag } from "../../audit/form/atom.ts";
import { wholeOf } from "../../audit/form/line.ts";
import { type Entry, orderOf } from "../../audit/reading/entry.ts";
import { markNow } from "../../audit/reading/follow.ts";
import { type Records, readAll } from "../../audit/reading/page.ts";
import { type TraceStep, trace } from "../../audit/reading/trace.ts";
import { parseApprovalId, parseCallId } from "../../call/id.ts";
import { printable } from "../../document/render.ts";
import { Failure } from "../failure.ts";
import { given } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { tell } from "../say.ts";
import { follow, newest } from "./follow.ts";
import { hasPeriod, queryOf } from "./reading-options.ts";
import { decisionText, targetText } from "./record.ts";
import { tenantOf, withJournal } from "./records.ts";
import { localTime } from "./times.ts";

type Options = Readonly<Record<string, unknown>>;

const NEWEST = 100;
/** Of a period. */
const MOST = 10_000;
const HEAD = ["TIME", "WHO", "WHAT", "DECISION", "STATUS", "ID", "TAG"];
/** Columns of a list that is still growing keep their width. */
const LEAST = [8, 16, 32, 10, 7, 31];

function row(entry: Entry, now: number): readonly string[] {
  const time = localTime(entry.at, now);
  const cells =
    entry.kind === "call"
      ? [
          time,
          entry.record.opened.principal,
          `${entry.record.opened.server}.${targetText(entry.record)}`,
          decisionText(entry.record),
          entry.record.status,
          entry.id,
          atomTag(entry),
        ]
      : [
          time,
          entry.record.act.principal === "" ? "-" : entry.record.act.principal,
          `${entry.record.act.action} ${entry.record.act.object}`.trim(),
          "-",
          entry.record.act.outcome,
          entry.id,
          atomTag(entry),
        ];
  return cells.map((cell) => printable(cell));
}

/** The id that a tag is of. A tag names a day and the end of an id, so the calls of that day are gone through. */
async function idOfTag(records: Records, text: string): Promise<string | undefined> {
  const tag = parseAtomTag(text);
  if (tag === undefined) return undefined;
  const { since, until, ends } = tag;
  for await (const page of readAll(records, { kinds: "all", order: "oldest", since, until })) {
    const found = page.items.find((entry) => orderOf(entry.id).endsWith(ends) && atomTag(entry) === text);
    if (found !== undefined) return found.id;
  }
  return undefined;
}

function stepRow({ at, step, by, what, id }: TraceStep, now: number): readonly string[] {
  return [localTime(at, now), step, by, what, id].map((cell) => printable(cell));
}

async function showTrace(text: string, options: Options): Promise<number> {
  return await withJournal(options, async (journal, store) => {
    const rows = store.forTenant(tenantOf(options));
    const known = { ...rows, journal };
    const named = (await idOfTag(known, text)) ?? text;
    const id = parseCallId(named) ?? parseApprovalId(named);
    if (id === undefined)
      throw new Failure(
        2,
        `${JSON.stringify(text)} names no call, decision or question`,
        "an id as `portcullis audit` shows it: call_…, dec_…, apr_… or ATOM-…",
      );
    const found = await trace(known, id);
    if (found === undefined)
      throw new Failure(
        1,
        `nothing about ${id} in these records`,
        "portcullis audit; --config and --tenant choose the records",
      );
    if (options["json"] === true) {
      for (const { at, ...rest } of found.steps)
        await print(jsonLine({ at: new Date(at).toISOString(), ...rest }));
      return 0;
    }
    const now = Date.now();
    for (const line of columns([
      ["TIME", "STEP", "BY", "WHAT", "ID"],
      ...found.steps.map((step) => stepRow(step, now)),
    ]))
      await print(line);
    const [call] = found.calls;
    if (call !== undefined)
      tell(`Next  portcullis why ${call.opened.call}${given(options, "config", "tenant")}`);
    return 0;
  });
}

/** `portcullis audit`: calls and administrative acts in one list, newest last; with `--trace` the story of one. */
export async function audit(_: readonly string[], options: Options): Promise<number> {
  const traced = options["trace"] as string | undefined;
  if (traced !== undefined) return await showTrace(traced, options);
  const json = options["json"] === true;
  const query = queryOf(options, options["acts"] === true ? "acts" : "all", "newest", Date.now());
  return await withJournal(options, async (journal, store) => {
    const records = { journal, acts: store.forTenant(tenantOf(options)).acts };
    const limit = hasPeriod(options) ? MOST : NEWEST;
    const following = options["follow"] === true;
    const mark = following ? await markNow(records) : undefined;
    const found = await newest(records, query, limit);
    const first = following
      ? found.filter((entry) => entry.kind === "act" || entry.record.status !== "open")
      : found;
    const now = Date.now();
    if (json) for (const entry of first) await print(jsonLine(wholeOf(entry)));
    else
      for (const line of columns([HEAD, ...first.map((entry) => row(entry, now))], following ? LEAST : []))
        await print(line);
    if (mark !== undefined)
      await follow(records, query, mark, first, async (entry) => {
        await print(json ? jsonLine(wholeOf(entry)) : (columns([row(entry, Date.now())], LEAST)[0] ?? ""));
      });
    const last = found.findLast(({ kind }) => kind === "call")?.id;
    if (!json && last !== undefined)
      tell(`Next  portcullis audit --trace ${last}${given(options, "config", "tenant")}`);
    if (found.length === limit)
      tell(
        hasPeriod(options)
          ? `Only the newest ${limit} are shown: ask for less, or \`portcullis export\` for everything`
          : "Older entries: --last 24h",
      );
    return 0;
  });
}

import { lineOf } from "../../audit/form/line.ts";
import { modeOf } from "../../audit/reading/entry.ts";
import { markNow } from "../../audit/reading/follow.ts";
import { findConfig, loadPolicyPlace } from "../../config/load.ts";
import { printable } from "../../document/render.ts";
import type { CallRecord } from "../../store/store.ts";
import { given } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";
import { unknownServer } from "../servers/unknown-server.ts";
import { follow, newest } from "./follow.ts";
import { hasPeriod, queryOf } from "./reading-options.ts";
import { decisionText, targetText } from "./record.ts";
import { tenantOf, withJournal } from "./records.ts";
import { localTime } from "./times.ts";

const NEWEST = 100;
/** Of a period. */
const MOST = 10_000;
const HEAD = ["TIME", "SERVER", "TOOL", "DECISION", "MS", "ID", ""];
/** Columns of a list that is still growing keep their width. */
const LEAST = [8, 12, 24, 10, 6, 31];

function note(record: CallRecord): string {
  if (record.opened.verdict !== "allow") return `rule ${record.opened.rule}`;
  if (record.status === "ok") return "";
  return record.status === "unknown" ? "unknown: the gate ended before the answer" : record.status;
}

function row(record: CallRecord, now: number): readonly string[] {
  const { opened, closed } = record;
  const ran = closed !== undefined && record.status !== "denied" && record.status !== "held";
  const ms = ran ? String(Math.round(closed.duration_us / 1000)) : "-";
  const cells = [
    localTime(opened.at, now),
    opened.server,
    targetText(record),
    decisionText(record),
    ms,
    opened.call,
    note(record),
  ];
  return cells.map((cell) => printable(cell));
}

function summary(records: readonly CallRecord[], options: Readonly<Record<string, unknown>>): void {
  const stopped = records.filter(
    (record) => modeOf(record) === "observe" && record.opened.verdict !== "allow",
  ).length;
  const watched = stopped === 0 ? "" : `, ${stopped} would be stopped in enforce mode`;
  const last = records.at(-1)?.opened.call;
  tell(`${records.length} ${records.length === 1 ? "call" : "calls"}${watched}.`);
  if (last !== undefined) tell(`Next  portcullis why ${last}${given(options, "config", "tenant")}`);
}

/** A server's name that nobody has configured is most likely mistyped; of `wrap` there may be others. */
function sayUnknown(options: Readonly<Record<string, unknown>>): void {
  const name = options["server"] as string | undefined;
  const file = findConfig(options["config"] as string | undefined);
  if (name === undefined || file === undefined) return;
  const names = Object.keys(loadPolicyPlace({ file }).resource_args);
  if (names.length === 0 || names.includes(name)) return;
  const { message, fix } = unknownServer(name, names);
  say("warn", printable(message));
  if (fix !== undefined) tell(`     fix: ${printable(fix)}`);
}

/** `portcullis logs`: the calls, newest last; as a table for people, as JSON lines for programs. */
export async function logs(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const json = options["json"] === true;
  const period = hasPeriod(options);
  const query = queryOf(options, "calls", "newest", Date.now());
  return await withJournal(options, async (journal, store) => {
    const records = { journal, acts: store.forTenant(tenantOf(options)).acts };
    const limit = period ? MOST : NEWEST;
    const following = options["follow"] === true;
    const mark = following ? await markNow(records) : undefined;
    const found = (await newest(records, query, limit)).filter((entry) => entry.kind === "call");
    // What is still open comes again when it ends.
    const first = following ? found.filter(({ record }) => record.status !== "open") : found;
    if (json) for (const { record } of first) await print(jsonLine(lineOf(record)));
    else {
      const rows = first.map(({ record }) => row(record, Date.now()));
      for (const line of columns([HEAD, ...rows], following ? LEAST : [])) await print(line);
    }
    if (mark !== undefined)
      await follow(records, query, mark, first, async ({ record }) => {
        if (!("opened" in record)) return;
        await print(json ? jsonLine(lineOf(record)) : (columns([row(record, Date.now())], LEAST)[0] ?? ""));
      });
    if (!json)
      summary(
        found.map(({ record }) => record),
        options,
      );
    if (found.length === 0) sayUnknown(options);
    if (found.length === limit)
      tell(
        period
          ? `Only the newest ${limit} are shown: ask for less with --last, --server or --verdict`
          : "Older calls: --last 24h",
      );
    return 0;
  });
}

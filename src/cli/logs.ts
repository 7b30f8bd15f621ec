import { setTimeout as wait } from "node:timers/promises";
import { findConfig, loadPolicyPlace } from "../config/load.ts";
import { printable } from "../document/render.ts";
import { type CallFilter, type CallRecord, MAX_PAGE, type TenantJournal } from "../store/store.ts";
import { given } from "./given.ts";
import { columns, jsonLine, print } from "./out.ts";
import { decisionText, lineOf, modeOf, targetText } from "./record.ts";
import { withJournal } from "./records.ts";
import { say, tell } from "./say.ts";
import { localTime } from "./times.ts";
import { unknownServer } from "./unknown-server.ts";

const NEWEST = 100;
const POLL_MS = 300;
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

/** Goes on with calls as they end, until the process is interrupted. */
async function follow(
  journal: TenantJournal,
  filter: CallFilter,
  from: number,
  show: (record: CallRecord) => Promise<void>,
): Promise<never> {
  let after = from;
  for (;;) {
    const records = await journal.list({ ...filter, after, limit: MAX_PAGE });
    for (const record of records) {
      after = Math.max(after, record.position);
      if (record.status !== "open") await show(record);
    }
    if (records.length < MAX_PAGE) await wait(POLL_MS);
  }
}

/** `portcullis logs`: the calls, newest last; as a table for people, as JSON lines for programs. */
export async function logs(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const json = options["json"] === true;
  const last = options["last"] as number | undefined;
  const filter = {
    ...(last === undefined ? {} : { since: Date.now() - last }),
    ...(options["server"] === undefined ? {} : { server: options["server"] as string }),
    ...(options["verdict"] === undefined ? {} : { verdict: options["verdict"] as "allow" | "deny" | "hold" }),
  };
  return await withJournal(options, async (journal) => {
    const limit = last === undefined ? NEWEST : MAX_PAGE;
    const records = await journal.list({ ...filter, limit });
    const following = options["follow"] === true;
    // What is still open comes again when it ends.
    const first = following ? records.filter((record) => record.status !== "open") : records;
    if (json) for (const record of first) await print(jsonLine(lineOf(record)));
    else {
      const rows = first.map((record) => row(record, Date.now()));
      for (const line of columns([HEAD, ...rows], following ? LEAST : [])) await print(line);
    }
    if (following) {
      const from = records.reduce((most, { position }) => Math.max(most, position), 0);
      await follow(journal, { ...filter, limit }, from, async (record) => {
        await print(json ? jsonLine(lineOf(record)) : (columns([row(record, Date.now())], LEAST)[0] ?? ""));
      });
    }
    if (!json) summary(records, options);
    if (records.length === 0) sayUnknown(options);
    if (records.length === limit)
      tell(
        last === undefined
          ? "Older calls: --last 24h"
          : `Only the newest ${limit} are shown: ask for less with --last, --server or --verdict`,
      );
    return 0;
  });
}

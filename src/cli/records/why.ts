import { lineOf } from "../../audit/form/line.ts";
import { modeOf, requestOf } from "../../audit/reading/entry.ts";
import { decisionId, parseCallId } from "../../call/id.ts";
import { isObject, type Json, member } from "../../call/json.ts";
import { printable } from "../../document/render.ts";
import { GUARDS } from "../../stages/order.ts";
import type { CallRecord } from "../../store/store.ts";
import { Failure } from "../failure.ts";
import { given, word } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { type RulesOnRecord, rulesOf } from "../policy/on-record.ts";
import { tell } from "../say.ts";
import { decisionText, targetText } from "./record.ts";
import { withJournal } from "./records.ts";
import { durationText } from "./times.ts";
import { guardStory, type Story } from "./why-guards.ts";

const LONGEST_ARGS = 2000;

function outcome({ status, opened, closed }: CallRecord): string {
  const took = closed === undefined ? "" : ` after ${durationText(closed.duration_us)}`;
  const fault = closed === undefined ? undefined : member(closed.detail, "fault");
  switch (status) {
    case "open":
      return "it is still running";
    case "unknown":
      return "the gate ended before the answer: whether it ran is not known";
    case "ok":
      return `answered${took}, ${closed?.size_bytes ?? 0} bytes`;
    case "error":
      return typeof fault === "string"
        ? `failed${took}: ${fault}`
        : `the server answered with an error${took}`;
    case "held":
      return "it waits for a person, and has not run";
    case "denied":
      // An answer can be refused too; then the server has run it.
      return opened.verdict === "deny"
        ? "refused: nothing was sent to the server"
        : `the server ran it${took}, and its answer was refused`;
  }
}

function plain(value: Json | undefined): string {
  return typeof value === "string" ? value : "?";
}

function steps(detail: Json | undefined): readonly string[] {
  const trail = member(detail, "trail");
  if (!Array.isArray(trail)) return [];
  return (trail as readonly Json[]).flatMap((step) => {
    if (!isObject(step)) return [];
    const us = member(step, "us");
    const took = typeof us === "number" ? ` (${durationText(us)})` : "";
    const why = member(step, "why");
    return [
      `${plain(step["stage"])} ${plain(step["said"])}${typeof why === "string" ? `, ${why}` : ""}${took}`,
    ];
  });
}

/** What guards did, a line for those that ran, one for each finding, and one for what was not looked at. */
function guardLines(detail: Json | undefined, way: string): Story {
  const trail = member(detail, "trail");
  const ran = (Array.isArray(trail) ? (trail as readonly Json[]) : []).flatMap((step) => {
    const did = member(step, "stage") === GUARDS ? member(step, "detail") : undefined;
    return did === undefined ? [] : [did];
  });
  return ran.flatMap((did, at) => {
    const question = member(did, "answered");
    const of = typeof question === "string" ? `what was answered to ${question}` : way;
    // Findings are kept together, and shown once.
    return guardStory(did, of, at === ran.length - 1 ? detail : undefined);
  });
}

function ruleText({ opened }: CallRecord, rules: RulesOnRecord | undefined): string {
  const { rule, rule_source } = opened;
  const then = rules?.get(rule);
  if (then !== undefined) return `${rule}   ${then.at}`;
  if (!rule_source.startsWith("sha256:")) return `${rule}   of the gate's ${rule_source}`;
  return `${rule}   of a policy that is not in these records`;
}

/** What people had said of it by then. */
const PEOPLE = { allow: "approved", deny: "not approved", hold: "asked, and not answered yet" } as const;

function story(record: CallRecord, rules: RulesOnRecord | undefined): Story {
  const { opened, closed } = record;
  const args = member(opened.detail, "args");
  const why = member(opened.detail, "why") ?? rules?.get(opened.rule)?.why;
  const instead = member(opened.detail, "instead");
  const intent = member(opened.detail, "intent");
  const grant = member(opened.detail, "grant");
  const approval = member(opened.detail, "approval");
  const trail = [...steps(opened.detail), ...steps(closed?.detail)];
  const watched = modeOf(record) === "observe" ? " (the gate only watched)" : "";
  return [
    ["when", new Date(opened.at).toString().replace(/ \(.*$/, "")],
    [
      "who",
      `${opened.principal} of tenant ${record.tenant}${opened.client === "" ? "" : `, with what calls itself ${opened.client}`}`,
    ],
    [
      "asked",
      `${opened.method} on ${opened.server === "" ? "no server" : opened.server}, ${opened.era} era, ${opened.size_bytes} bytes`,
    ],
    ...(typeof intent === "string" ? [["intent", intent] as const] : []),
    [
      "args",
      args === undefined
        ? opened.args_digest
        : `${JSON.stringify(args).slice(0, LONGEST_ARGS)}   ${opened.args_digest}`,
    ],
    ["verdict", `${decisionText(record)}${watched}   rule ${ruleText(record, rules)}`],
    ...(rules?.get(opened.rule)?.text ?? []).map((line, at) => [at === 0 ? "rule" : "", line] as const),
    ...(typeof why === "string" ? [["why", why] as const] : []),
    ...(typeof instead === "string" ? [["instead", instead] as const] : []),
    ...(typeof approval === "string"
      ? [["people", `${PEOPLE[opened.verdict]}   ${approval}   portcullis approvals ${approval}`] as const]
      : []),
    ...(typeof grant === "string" ? [["access", `granted for a time   ${grant}`] as const] : []),
    ...(opened.verdict === "allow"
      ? []
      : [["ref", `${decisionId(opened.call)}   as the client was told`] as const]),
    ["request", requestOf(record)],
    ...(opened.session === undefined ? [] : [["session", opened.session] as const]),
    ["policy", opened.policy_version],
    ...(trail.length === 0 ? [] : [["trail", trail.join(" → ")] as const]),
    ...guardLines(opened.detail, "arguments"),
    ...guardLines(closed?.detail, "answer"),
    ["outcome", outcome(record)],
  ];
}

function next({ opened }: CallRecord, options: Readonly<Record<string, unknown>>): string {
  const kind = opened.target_kind;
  const from = given(options, "config", "tenant");
  if (kind !== "tool" && kind !== "prompt" && kind !== "resource") return `portcullis logs${from}`;
  const args = kind === "resource" ? undefined : member(opened.detail, "args");
  const asked = isObject(args) ? ` --args ${word(JSON.stringify(args))}` : "";
  const about = `portcullis policy explain --server ${word(opened.server)} --${kind} ${word(opened.target)}`;
  return `${about}${asked.length < 200 ? asked : ""}${from}`;
}

/** `portcullis why CALL_ID`: the story of one call. A decision's id (`dec_…`) is taken for its call's. */
export async function why(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const written = words[0] ?? "";
  const id = parseCallId(written);
  if (id === undefined)
    throw new Failure(
      2,
      `${JSON.stringify(written)} is not a call's id`,
      "portcullis logs shows them: call_ and 26 characters; logs --request-id finds calls by what a client named its request",
    );
  return await withJournal(options, async (journal, store) => {
    const record = await journal.get(id);
    if (record === undefined)
      throw new Failure(
        1,
        `no call ${id} in these records`,
        "portcullis logs; --config and --tenant choose the records",
      );
    if (options["json"] === true) {
      await print(
        jsonLine({
          ...lineOf(record),
          opened: record.opened.detail,
          closed: record.closed?.detail ?? null,
        }),
      );
      return 0;
    }
    const status = record.status === "denied" ? "refused" : record.status;
    await print(printable(`${record.opened.server}.${targetText(record)}   ${status.toUpperCase()}   ${id}`));
    const rules = await rulesOf(record.opened.rule_source, store, options);
    for (const line of columns(story(record, rules).map(([name, text]) => [`  ${name}`, printable(text)])))
      await print(line);
    tell(`Next  ${printable(next(record, options))}`);
    return 0;
  });
}

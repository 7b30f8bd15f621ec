import type { Ask } from "../call/ask.ts";
import { digest, type JsonPath } from "../call/json.ts";
import { readDuration, spanText } from "../document/duration.ts";
import { CHANNELS, channelOf } from "./channel.ts";
import type { Known, Unreachable } from "./impossible.ts";
import type { Match } from "./rule.ts";

/** What a rule asks of people, as it is written. */
export interface WrittenAsk {
  readonly approvers: number | readonly string[];
  readonly quorum?: number | undefined;
  readonly within?: string | undefined;
  readonly notify?: string | readonly string[] | undefined;
  readonly requester_may_approve?: boolean | undefined;
}

/** What is wrong with it, and at which of its keys. */
export interface AskFault {
  readonly path: JsonPath;
  readonly message: string;
  readonly hint: string | undefined;
}

/** What is asked, without the rule that asks it. */
export type Terms = Omit<Ask, "rule" | "version" | "why">;

const HOUR_MS = 3_600_000;
const LEAST_MS = 60_000;
const MOST_MS = 30 * 24 * HOUR_MS;
/** Whose holders a count alone means. */
const APPROVER = "role:approver";
const ROLE = "role:";

type Note = (path: JsonPath, message: string, hint?: string) => void;

function twice(names: readonly string[], key: string, note: Note): void {
  for (const [index, name] of names.entries())
    if (names.indexOf(name) < index) note([key, index], `"${name}" is there twice`, "leave one of them out");
}

/** Approvers are compared letter by letter, so whatever could never be somebody's id is a mistake. */
function approversOf({ approvers }: WrittenAsk, note: Note): readonly string[] {
  if (typeof approvers === "number") return [APPROVER];
  for (const [index, name] of approvers.entries()) {
    const who = name.startsWith(ROLE) ? name.slice(ROLE.length) : name;
    const at = ["approvers", index];
    // oxlint-disable-next-line no-control-regex -- no id has them
    if (who === "" || who !== who.trim() || /[\u0000-\u001f\u007f]/.test(who))
      note(at, "is nobody: an approver is the id of a principal, or `role:NAME`");
    else if (/[*?|]/.test(who))
      note(at, `"${name}" is a pattern, and approvers are named one by one`, "name a role: `role:NAME`");
  }
  twice(approvers, "approvers", note);
  return approvers;
}

function quorumOf({ approvers, quorum }: WrittenAsk, note: Note): number {
  if (typeof approvers === "number") {
    if (quorum !== undefined)
      note(["quorum"], `\`approvers: ${approvers}\` says already how many must approve`, "leave it out");
    return approvers;
  }
  const wanted = quorum ?? 1;
  const persons = new Set(approvers).size;
  const roles = approvers.some((name) => name.startsWith(ROLE));
  if (!roles && wanted > persons) {
    const few = persons === 1 ? "only one person is named" : `only ${persons} persons are named`;
    note(["quorum"], `${wanted} must approve, and ${few}`, "name more approvers, or ask for fewer");
  }
  return wanted;
}

/** A stretch of time as a rule writes it, or undefined where it is none or out of bounds, which is noted. */
export function stretchOf(key: string, text: string, note: Note): number | undefined {
  const length_ms = readDuration(text.trim());
  if (length_ms === undefined) note([key], `"${text}" is no stretch of time`, "write 30m, 1h or 2d");
  else if (length_ms < LEAST_MS || length_ms > MOST_MS)
    note([key], `must be from ${spanText(LEAST_MS)} to ${spanText(MOST_MS)}`);
  else return length_ms;
  return undefined;
}

/** Whether a channel is configured, only a configuration knows. */
function placeFault(place: string, unreachable: Known["unreachable"]): Unreachable | undefined {
  const channel = channelOf(place);
  const url = channel?.kind === "https" ? URL.parse(channel.url) : undefined;
  if (channel === undefined || url === null)
    return { message: "is no place where somebody can be told", hint: CHANNELS };
  if (url !== undefined && (url.username !== "" || url.password !== ""))
    return {
      message: "holds a name or password, which would be shown in clear",
      hint: "name a webhook of the configuration: webhook://NAME",
    };
  return unreachable?.(place);
}

function notifyOf(
  { notify = [] }: WrittenAsk,
  unreachable: Known["unreachable"],
  note: Note,
): readonly string[] {
  const places = typeof notify === "string" ? [notify] : notify;
  for (const [index, place] of places.entries()) {
    const fault = placeFault(place, unreachable);
    if (fault !== undefined)
      note(typeof notify === "string" ? ["notify"] : ["notify", index], fault.message, fault.hint);
  }
  twice(places, "notify", note);
  return places;
}

/** Reads what a rule asks of people: what it wants, and everything that is wrong with it. */
export function termsOf(
  written: WrittenAsk,
  unreachable?: Known["unreachable"],
): { readonly terms: Terms; readonly faults: readonly AskFault[] } {
  const faults: AskFault[] = [];
  const note: Note = (path, message, hint) => void faults.push({ path, message, hint });
  const terms = {
    approvers: Object.freeze([...approversOf(written, note)]),
    quorum: quorumOf(written, note),
    within_ms:
      written.within === undefined ? HOUR_MS : (stretchOf("within", written.within, note) ?? HOUR_MS),
    requester_may_approve: written.requester_may_approve ?? false,
    notify: Object.freeze([...notifyOf(written, unreachable, note)]),
  };
  return { terms, faults };
}

/**
 * The version of what a rule asks of people: the same however alternatives and lists are ordered, and whatever the rule
 * is called. `said`: what it wants, under the key of its effect.
 */
export function versionOf(
  match: Match,
  when: string | undefined,
  why: string,
  said: Readonly<Record<string, Terms>>,
): string {
  const globs = Object.entries(match).map(([key, some]) => [key, [...new Set(some)].toSorted()] as const);
  const wanted = Object.entries(said).map(([key, terms]) => {
    const { approvers, notify, ...rest } = terms;
    return [key, { ...rest, approvers: approvers.toSorted(), notify: notify.toSorted() }] as const;
  });
  return digest({
    match: Object.fromEntries(globs),
    when: when ?? null,
    ...Object.fromEntries(wanted),
    why,
  });
}

/** What a rule asks, named. */
export function askOf(rule: string, match: Match, when: string | undefined, why: string, terms: Terms): Ask {
  return Object.freeze({ rule, version: versionOf(match, when, why, { ask: terms }), why, ...terms });
}

/** What is asked of whom, in words: `2 of cto@company.com, ops-lead@company.com within 1h`. */
export function askText({ approvers, quorum, within_ms, requester_may_approve }: Terms): string {
  const whom = `${quorum} of ${approvers.join(", ")} within ${spanText(within_ms)}`;
  return requester_may_approve ? `${whom}, the requester too` : whom;
}

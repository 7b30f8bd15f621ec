import { isObject, type Json, member } from "../../call/json.ts";
import { durationText } from "./times.ts";

/** Lines of a story: a name, and what there is to say. */
export type Story = readonly (readonly [string, string])[];

const FINDINGS = 16;

function words(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function findingLine(finding: Json, excerpt: string): string {
  const say = (key: string): string => words(member(finding, key));
  const kind = say("kind") === "" ? "" : ` ${say("kind")}`;
  const where = say("path") === "" ? "" : ` in ${say("path")}`;
  const quoted = excerpt === "" ? "" : `   “${excerpt}”`;
  const action = say("action") === "" ? "" : `   ${say("action")}`;
  return `${say("guard")}: ${say("class")}${kind} (${say("severity")})${where}${action}${quoted}`;
}

function unseenLine(unseen: Json): string {
  const say = (key: string): string => words(member(unseen, key));
  const where = say("at") === "" ? "" : ` ${say("at")}`;
  const who = say("guard") === "" ? "" : ` by ${say("guard")}`;
  return `not looked at${where}${who}: ${say("why")}`;
}

/** What guards did on one way, from the detail of their step: which ran and for how long, what they did not see; and what they found. */
export function guardStory(detail: Json, way: string, record: Json | undefined): Story {
  const us = member(detail, "guards");
  const ran = isObject(us)
    ? Object.entries(us).map(([guard, time]) => `${guard} ${durationText(Number(time))}`)
    : [];
  const places = list(member(detail, "at")).map((at) => (at === "" ? "all of it" : words(at)));
  const known =
    member(detail, "known") === undefined ? "" : `, ${words(member(detail, "known"))} known from before`;
  const thread = member(detail, "thread") === true ? ", in a thread" : "";
  const on = places.length === 0 ? "" : ` on ${places.join(" ")}`;
  const found = list(member(record, "findings")).slice(0, FINDINGS);
  const excerpts = list(member(record, "excerpts"));
  return [
    ["guards", `${way}: ${ran.length === 0 ? "none ran" : ran.join(", ")}${on}${known}${thread}`],
    ...found.map((each, at) => ["", findingLine(each, words(excerpts[at]))] as const),
    ...list(member(detail, "unseen")).map((each) => ["", unseenLine(each)] as const),
  ];
}

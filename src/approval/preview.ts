import { spanText } from "../document/duration.ts";
import { digestBytes, type Json, isObject } from "../call/json.ts";
import type { Question, Sought } from "../store/approvals.ts";

/** What approvers see, as plain text, and the digest of that text: the proof of what was shown. */
export interface Preview {
  readonly text: string;
  readonly digest: string;
}

/** Characters of arguments that are shown; what is longer is cut, and says so. */
const MOST_CHARS = 20_000;

/** Letters and marks too may be invisible. */
const HIDDEN = /\p{DI}|[^\n\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{Sc}\p{Sm}]/gu;
/** In what people say pictures and lines of their own hide nothing. */
const HIDDEN_IN_WORDS = /\p{DI}|[^\r\n\t\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]|\u2800/gu;

function escaped(one: string): string {
  const units = Array.from({ length: one.length }, (_, at) => one.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** Names and words from elsewhere, in which nothing can hide either. */
export function shownText(text: string): string {
  return text.replaceAll(HIDDEN_IN_WORDS, escaped);
}

/** Indented JSON in which nothing can hide: invisible and direction-changing characters stand as escapes. */
export function shownJson(value: Json): string {
  const plain = JSON.stringify(sorted(value), undefined, 2).replaceAll(HIDDEN, escaped);
  return plain.length <= MOST_CHARS
    ? plain
    : `${plain.slice(0, MOST_CHARS)}\n… (${plain.length - MOST_CHARS} more characters)`;
}

/** The same value reads the same, however its members were ordered. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => sorted(each as Json));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}

/** One line of what could be long. */
function line(text: string): string {
  const whole = shownJson(text).slice(1, -1);
  return whole.length <= 500 ? whole : `${whole.slice(0, 500)}… (${whole.length - 500} more characters)`;
}

/** What a call would be, line by line. */
function callLines({ shown }: Question): readonly string[] {
  return [
    `Server: ${line(shown.server)}`,
    `${shown.target_kind === "none" ? "Method" : shown.target_kind}: ${line(shown.target === "" ? shown.method : shown.target)}`,
    `Arguments${shown.whole ? "" : " (parts are hidden)"}: ${shownJson(shown.args)}`,
    `Digest of the arguments: ${shown.args_digest}`,
  ];
}

/** What access would be for, line by line. */
function accessLines({
  kind,
  for_ms,
  reason,
  servers,
  tools,
  resources,
  operations,
}: Sought): readonly string[] {
  const parts = { servers, tools, resources, operations };
  return [
    kind === "access" ? "Asks for access" : "Took access in an emergency",
    `For: ${spanText(for_ms)}`,
    ...Object.entries(parts).flatMap(([part, names]) =>
      names === undefined ? [] : [`Only ${part}: ${names.map(line).join(", ")}`],
    ),
    `Because: ${line(reason)}`,
  ];
}

/** The question in words: who, what, with which arguments, why it needs people. */
export function previewOf(question: Question): Preview {
  const { id, principal, asked_by, asks, shown, sought } = question;
  const put = asked_by === undefined ? "" : `, put by ${line(asked_by)}`;
  const text = [
    `Approval ${id}`,
    `Asked by: ${line(principal)}${put}${shown.client === "" ? "" : ` (client ${line(shown.client)})`}`,
    ...asks.map(({ rule, why }) => `Rule ${line(rule)}: ${line(why)}`),
    ...(sought === undefined ? callLines(question) : accessLines(sought)),
  ].join("\n");
  return { text, digest: digestBytes(text) };
}

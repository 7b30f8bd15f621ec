import type { JsonObject } from "../call/json.ts";
import type { Client } from "./client.ts";
import { type Edit, indentAt, lineEnd, lineIndent, quoted, spliced, takenBack } from "./splice.ts";
import { type Member, memberAt, memberOf, type Part, type Read, sameBut } from "./syntax.ts";

/** The name under which clients know the gate. */
export const GATE = "portcullis";

/** How far one level stands in: as the first member of the text has it, else two spaces. */
function unitOf(text: string, root: Part): string {
  const first = root.kind === "object" ? root.members[0] : undefined;
  const indent = first === undefined ? undefined : indentAt(text, first.span.from);
  return indent === undefined || indent === "" ? "  " : indent;
}

function jsonText(value: unknown, unit: string, indent: string, end: string): string {
  return JSON.stringify(value, undefined, unit).replaceAll("\n", `${end}${indent}`);
}

/** A member at the front of an object of JSON, in the manner of what stands there. */
function prepend(
  text: string,
  root: Part,
  object: Part,
  key: string,
  value: unknown,
): readonly [number, string, number] {
  const first = object.kind === "object" ? object.members[0] : undefined;
  const from = object.span.from + 1;
  const end = lineEnd(text);
  const unit = unitOf(text, root);
  const outer = lineIndent(text, object.span.from);
  const own = first === undefined ? undefined : indentAt(text, first.span.from);
  if (first !== undefined && own === undefined) {
    const lead = `${quoted(key)}: `;
    return [from, `${lead}${JSON.stringify(value)}, `, lead.length];
  }
  const indent = own ?? `${outer}${unit}`;
  const lead = `${end}${indent}${quoted(key)}: `;
  // What stands in an empty object may be a comment; its own end of line is kept where there is one.
  const closes = /[\r\n]/.test(text.slice(from, object.span.to)) ? "" : `${end}${outer}`;
  return [
    from,
    `${lead}${jsonText(value, unit, indent, end)}${first === undefined ? closes : ","}`,
    lead.length,
  ];
}

function tomlText(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map((one) => quoted(String(one))).join(", ")}]`
    : quoted(String(value));
}

/** A table of its own at the end of a TOML text. */
function append(
  text: string,
  list: string,
  key: string,
  value: JsonObject,
): readonly [number, string, number] {
  const end = lineEnd(text);
  const lead = text === "" ? "" : text.endsWith("\n") ? end : `${end}${end}`;
  const rows = Object.entries(value).map(([name, one]) => `${name} = ${tomlText(one)}${end}`);
  return [text.length, `${lead}[${list}.${key}]${end}${rows.join("")}`, lead.length];
}

/** The text with an entry that leads to the gate, and what takes it back; undefined where there is no place for one. */
export function connected(
  text: string,
  root: Part,
  client: Client,
  value: JsonObject,
): { readonly text: string; readonly edit: Edit } | undefined {
  const [key = ""] = client.keys;
  const list = memberOf(root, key)?.value;
  if (root.kind !== "object" || (list !== undefined && list.kind !== "object")) return undefined;
  const put = (
    keys: readonly string[],
    [from, after, offset]: readonly [number, string, number],
  ): { readonly text: string; readonly edit: Edit } => ({
    text: spliced(text, [{ from, to: from, text: after }]),
    edit: { keys, offset: -offset, before: "", after },
  });
  if (client.syntax === "toml") return put([key, GATE], append(text, key, GATE, value));
  if (list !== undefined) return put([key, GATE], prepend(text, root, list, GATE, value));
  if (root.span.to > root.span.from) return put([key], prepend(text, root, root, key, { [GATE]: value }));
  // Nothing is there yet but white space, perhaps a comment.
  const end = lineEnd(text);
  const whole = `${jsonText({ [key]: { [GATE]: value } }, "  ", "", end)}${end}`;
  return put([key], [text.length, whole, whole.indexOf("{", 1)]);
}

/** Where the comma between two members of JSON stands; comments may hold others. */
function commaBetween(text: string, from: number, to: number): number {
  const plain = text
    .slice(from, to)
    .replaceAll(/\/\/[^\n]*|\/\*[^]*?\*\//g, (comment) => " ".repeat(comment.length));
  const found = plain.indexOf(",");
  return found < 0 ? -1 : from + found;
}

/** The text without a member of a list of JSON, its comma and, where it had one, its line. */
function withoutMember(text: string, members: readonly Member[], member: Member): string {
  const index = members.indexOf(member);
  const next = members[index + 1];
  const before = members[index - 1];
  const { from, to } = member.span;
  const comma =
    next === undefined
      ? before === undefined
        ? -1
        : commaBetween(text, before.span.to, from)
      : commaBetween(text, to, next.span.from);
  const indent = indentAt(text, from);
  const tail = /^,?[ \t]*\r?\n/.exec(text.slice(to))?.[0];
  const line =
    indent === undefined || tail === undefined
      ? undefined
      : { from: from - indent.length, to: to + tail.length };
  const gone = line ?? { from, to };
  const outside = comma >= 0 && (comma < gone.from || comma >= gone.to);
  return spliced(text, [
    { ...gone, text: "" },
    ...(outside ? [{ from: comma, to: comma + 1, text: "" }] : []),
  ]);
}

/** The text without every line of a table of TOML. */
function withoutTable(text: string, member: Member): string {
  const inner = member.value.kind === "object" ? member.value.members : [];
  const spans = [member, ...inner.filter(({ value, inline }) => value.kind === "object" && !inline)]
    .map(({ span }) => span)
    .filter(
      (span, index, all) =>
        !all.some((other, at) => at < index && other.from <= span.from && span.to <= other.to),
    );
  return spliced(
    text,
    spans.map(({ from, to }) => ({
      from,
      to: to + (/^[ \t]*(?:#[^\n]*)?\r?\n/.exec(text.slice(to))?.[0].length ?? 0),
      text: "",
    })),
  );
}

/** The text without the gate's entry: to the byte where the recorded text still stands there (`exact`), else the entry alone. */
export function disconnected(
  text: string,
  root: Part,
  client: Client,
  edit: Edit | undefined,
  read: (text: string) => Read,
): { readonly text: string; readonly exact: boolean } | undefined {
  const [key = ""] = client.keys;
  const gone = (after: string): boolean => {
    const now = read(after);
    if (now.kind !== "read" || memberAt(now.root, [key, GATE]) !== undefined) return false;
    // What somebody wrote into our lines must not end up elsewhere.
    return sameBut(root, now.root, [[key, GATE]]);
  };
  const back = edit === undefined ? undefined : takenBack(text, root, edit);
  const restored = back === undefined ? undefined : spliced(text, [back]);
  if (restored !== undefined && gone(restored)) return { text: restored, exact: true };
  const list = memberOf(root, key)?.value;
  const member = memberOf(list, GATE);
  if (list?.kind !== "object" || member === undefined) return undefined;
  const rest =
    client.syntax === "toml" && !member.inline
      ? withoutTable(text, member)
      : withoutMember(text, list.members, member);
  return gone(rest) ? { text: rest, exact: false } : undefined;
}

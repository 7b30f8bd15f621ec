import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import type { Member, Part, Read, Span } from "./syntax.ts";

type Table = { span: Span; readonly members: Map<string, Slot> };
type Slot = Omit<Member, "value" | "key"> & { readonly value: Part | Table };

const isTable = (value: Part | Table | undefined): value is Table =>
  value !== undefined && !("kind" in value);
const span = ({ range: [from, to] }: AST.HasLocs): Span => ({ from, to });
const nameOf = (key: AST.TOMLBare | AST.TOMLQuoted): string =>
  key.type === "TOMLBare" ? key.name : key.value;

function partFrom(node: AST.TOMLContentNode): Part {
  switch (node.type) {
    case "TOMLArray":
      return { kind: "array", span: span(node), items: node.elements.map(partFrom) };
    case "TOMLInlineTable": {
      const table: Table = { span: span(node), members: new Map() };
      for (const pair of node.body) put(table, pair, true);
      return settled(table);
    }
    case "TOMLValue":
      if (node.kind === "string") return { kind: "text", span: span(node), value: node.value };
      if (node.kind === "integer" || node.kind === "float" || node.kind === "boolean")
        return { kind: "other", span: span(node), value: node.value };
      return { kind: "other", span: span(node), value: node.datetime };
  }
}

/** The table at the end of a path; what is missing on the way is implied by `by`. */
function tableAt(top: Table, keys: readonly string[], by: Pick<Slot, "span" | "key_span" | "inline">): Table {
  let here = top;
  for (const key of keys) {
    const known = here.members.get(key)?.value;
    if (isTable(known)) here = known;
    else {
      const implied: Table = { span: by.span, members: new Map() };
      here.members.set(key, { ...by, value: implied });
      here = implied;
    }
  }
  return here;
}

function put(table: Table, pair: AST.TOMLKeyValue, inline: boolean): void {
  const last = pair.key.keys.at(-1);
  if (last === undefined) return;
  const by = { span: span(pair), key_span: span(last), inline };
  tableAt(table, pair.key.keys.slice(0, -1).map(nameOf), by).members.set(nameOf(last), {
    ...by,
    value: partFrom(pair.value),
  });
}

function settled(table: Table): Part {
  const members = [...table.members].map(([key, slot]): Member => {
    if (!isTable(slot.value)) return { ...slot, key, value: slot.value };
    return { ...slot, key, span: slot.value.span, value: settled(slot.value) };
  });
  return { kind: "object", span: table.span, members };
}

/** Reads TOML 1.0 and what 1.1 adds. Tables of an array are left out: no client keeps servers in one. Throws RangeError where it is too deep. */
export function readToml(text: string): Read {
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(text, { tomlVersion: "1.1" });
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { message, lineNumber, column } = error;
    return { kind: "unreadable", problem: { message, line: lineNumber, column: column + 1 } };
  }
  const top: Table = { span: { from: 0, to: text.length }, members: new Map() };
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") put(top, node, false);
    else if (node.resolvedKey.every((key) => typeof key === "string")) {
      const by = { span: span(node), key_span: span(node.key), inline: false };
      const table = tableAt(top, node.resolvedKey.map(String), by);
      table.span = by.span;
      for (const pair of node.body) put(table, pair, false);
    }
  }
  return { kind: "read", root: settled(top) };
}

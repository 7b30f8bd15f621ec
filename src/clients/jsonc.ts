import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Json } from "../call/json.ts";
import { lineAndColumn, type Member, type Part, type Read, type Span } from "./syntax.ts";

const span = (node: Node): Span => ({ from: node.offset, to: node.offset + node.length });

function memberFrom(property: Node): Member | undefined {
  const [key, value] = property.children ?? [];
  if (key === undefined || value === undefined) return undefined;
  return {
    key: String(key.value),
    key_span: span(key),
    span: span(property),
    value: partFrom(value),
    inline: true,
  };
}

function partFrom(node: Node): Part {
  const children = node.children ?? [];
  if (node.type === "object")
    return {
      kind: "object",
      span: span(node),
      members: children.flatMap((child) => memberFrom(child) ?? []),
    };
  if (node.type === "array") return { kind: "array", span: span(node), items: children.map(partFrom) };
  if (node.type === "string") return { kind: "text", span: span(node), value: String(node.value) };
  return { kind: "other", span: span(node), value: (node.value ?? null) as Json };
}

const words = (code: string): string => code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();

/** Reads JSON with comments and trailing commas; a text with nothing in it is an empty object at its end. Throws RangeError where it is too deep. */
export function readJsonc(text: string): Read {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [first] = errors;
  if (first !== undefined) {
    const message = words(printParseErrorCode(first.error));
    return { kind: "unreadable", problem: { message, ...lineAndColumn(text, first.offset) } };
  }
  if (root === undefined)
    return {
      kind: "read",
      root: { kind: "object", span: { from: text.length, to: text.length }, members: [] },
    };
  return { kind: "read", root: partFrom(root) };
}

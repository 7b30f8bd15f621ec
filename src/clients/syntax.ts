import { isDeepStrictEqual } from "node:util";
import { isObject, type Json } from "../call/json.ts";

/** Where something stands in a text: offsets in UTF-16 units, the end excluded. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A value, and where it stands. A table of TOML that is only implied has the span of what implies it. */
export type Part =
  | { readonly kind: "object"; readonly span: Span; readonly members: readonly Member[] }
  | { readonly kind: "array"; readonly span: Span; readonly items: readonly Part[] }
  | { readonly kind: "text"; readonly span: Span; readonly value: string }
  | { readonly kind: "other"; readonly span: Span; readonly value: Json };

export interface Member {
  readonly key: string;
  /** The key as it is written; of a dotted key its last part. */
  readonly key_span: Span;
  /** Key and value together. */
  readonly span: Span;
  readonly value: Part;
  /** Commas stand between it and its neighbours, not ends of lines. */
  readonly inline: boolean;
}

/** Why a text cannot be read. Line and column from 1. */
interface Unreadable {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export type Read =
  | { readonly kind: "read"; readonly root: Part }
  | { readonly kind: "unreadable"; readonly problem: Unreadable };

/** The member of an object that counts: where a key stands twice, the last, as the clients' own readers have it. */
export function memberOf(part: Part | undefined, key: string): Member | undefined {
  return part?.kind === "object" ? part.members.findLast((member) => member.key === key) : undefined;
}

/** The member at the end of a path of keys. */
export function memberAt(root: Part, keys: readonly string[]): Member | undefined {
  let found: Member | undefined;
  let here: Part | undefined = root;
  for (const key of keys) {
    found = memberOf(here, key);
    here = found?.value;
  }
  return found;
}

/** The value as plain data. */
export function valueOf(part: Part): Json {
  // `fromEntries` makes `__proto__` a key like any other.
  if (part.kind === "object")
    return Object.fromEntries(part.members.map(({ key, value }) => [key, valueOf(value)]));
  return part.kind === "array" ? part.items.map(valueOf) : part.value;
}

/** The strings of an array; undefined where it is none, or holds anything else. */
export function textsOf(part: Part | undefined): readonly string[] | undefined {
  if (part?.kind !== "array") return undefined;
  const texts = part.items.flatMap((item) => (item.kind === "text" ? [item.value] : []));
  return texts.length === part.items.length ? texts : undefined;
}

/** Line and column, from 1, of an offset. */
export function lineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

function without(value: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined || !isObject(value) || !Object.hasOwn(value, key)) return value;
  const kept = Object.entries(value).flatMap(([name, one]): readonly (readonly [string, Json])[] => {
    if (one === undefined) return [];
    if (name !== key) return [[name, one]];
    if (rest.length === 0) return [];
    const inner = without(one, rest);
    // A list that held nothing else came and goes with what it held.
    return isObject(inner) && Object.keys(inner).length === 0 ? [] : [[name, inner]];
  });
  return Object.fromEntries(kept);
}

/** Whether two readings are the same in everything but the values at these paths. */
export function sameBut(one: Part, other: Part, paths: readonly (readonly string[])[]): boolean {
  const [left, right] = [one, other].map((part) => paths.reduce<Json>(without, valueOf(part)));
  return isDeepStrictEqual(left, right);
}

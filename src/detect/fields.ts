import { isObject, type Json, type JsonObject, type JsonPath, member } from "../call/json.ts";
import type { Field, Role } from "./detector.ts";

/** A part of a text that was put together of several: where it stands, and which units it is. */
export interface Piece {
  readonly path: JsonPath;
  readonly from: number;
  readonly until: number;
  /** Where the part begins in the text at `path`. */
  readonly start: number;
}

/** A text of a value, and where it stands. */
export interface Leaf {
  readonly text: string;
  readonly field: Field;
  /** Of a text that was put together: what of. */
  readonly pieces?: readonly Piece[];
  /** It is the name of a member, and not its value. */
  readonly name?: true;
  /** It is text as base64, of which no part can be changed by itself. */
  readonly encoded?: true;
  /** It is a number, written out. */
  readonly number?: true;
}

/** Texts of one value that are looked at, and steps to one; what lies beyond is told by `left`. */
export const LEAVES = { most: 10_000, depth: 64 } as const;

export interface Leaves {
  readonly leaves: readonly Leaf[];
  /** Whether something was left out. */
  readonly left: boolean;
  /** Pictures, sound and other bytes, which no guard reads. */
  readonly binary: readonly JsonPath[];
}

const PLAIN_NAME = /^[\w.-]{1,80}$/;

interface Walk {
  readonly role: Role;
  readonly leaves: Leaf[];
  readonly binary: JsonPath[];
  left: boolean;
}

function put(walk: Walk, leaf: Leaf): void {
  if (walk.leaves.length === LEAVES.most) walk.left = true;
  else walk.leaves.push(leaf);
}

function fieldOf({ role }: Walk, name: string | undefined, path: JsonPath): Field {
  return { role, ...(name !== undefined && { name }), path };
}

/** The member of a content block that holds bytes as base64. */
function bytesIn(value: JsonObject): string | undefined {
  const type = member(value, "type");
  if ((type === "image" || type === "audio") && typeof member(value, "data") === "string") return "data";
  return typeof member(value, "blob") === "string" && typeof member(value, "uri") === "string"
    ? "blob"
    : undefined;
}

const TEXTUAL = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript|sql|toml|x-sh)\b)/i;

/** Whether bytes are said to be text, which views read through their encoding. */
function isTextual(value: JsonObject, bytes: string): boolean {
  const type = member(value, "mimeType");
  return bytes === "blob" && typeof type === "string" && TEXTUAL.test(type);
}

/** Shorter numbers are no card's, account's or person's. */
const LONG_NUMBER = 1e8;

/** What is cut into words says what they say together. */
function joined(walk: Walk, texts: readonly string[], name: string | undefined, path: JsonPath): void {
  let from = 0;
  const pieces = texts.map((text, index): Piece => {
    const piece = { path: [...path, index], from, until: from + text.length, start: 0 };
    from += text.length + 1;
    return piece;
  });
  put(walk, { text: texts.join(" "), field: fieldOf(walk, name, path), pieces });
}

function walked(walk: Walk, value: Json | undefined, name: string | undefined, path: JsonPath): void {
  if (walk.left) return;
  if (typeof value === "string") put(walk, { text: value, field: fieldOf(walk, name, path) });
  if (typeof value === "number" && Number.isSafeInteger(value) && Math.abs(value) >= LONG_NUMBER)
    put(walk, { text: String(value), field: fieldOf(walk, name, path), number: true });
  if (typeof value !== "object" || value === null) return;
  if (path.length >= LEAVES.depth) {
    walk.left = true;
    return;
  }
  if (!isObject(value)) {
    for (const [index, item] of value.entries()) walked(walk, item, name, [...path, index]);
    const texts = value.filter((item) => typeof item === "string");
    if (texts.length > 1 && texts.length === value.length) joined(walk, texts, name, path);
    return;
  }
  const bytes = walk.role === "argument" ? undefined : bytesIn(value);
  for (const [key, item] of Object.entries(value)) {
    // A name that is none may be read as something else: `$ne` is a command to a document database.
    if (!PLAIN_NAME.test(key))
      put(walk, { text: key, field: fieldOf(walk, undefined, [...path, key]), name: true });
    if (key === bytes && typeof item === "string" && isTextual(value, key))
      put(walk, { text: item, field: fieldOf(walk, key, [...path, key]), encoded: true });
    else if (key === bytes) walk.binary.push([...path, key]);
    else walked(walk, item, key, [...path, key]);
  }
}

/**
 * Every text and long number in a value with the name of its nearest member and its path, which begins with `base`; a list of texts also as one, and
 * names that are no plain ones too. At most 10,000 texts, 64 steps deep.
 */
export function leavesOf(value: Json, role: Role, base: JsonPath = []): Leaves {
  const walk: Walk = { role, leaves: [], binary: [], left: false };
  const last = base.at(-1);
  walked(walk, value, typeof last === "string" ? last : undefined, base);
  return { leaves: walk.leaves, left: walk.left, binary: walk.binary };
}

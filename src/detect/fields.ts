import { isObject, type Json, type JsonPath } from "../call/json.ts";
import type { Field, Role } from "./detector.ts";

/** A text of a value, and where it stands. */
export interface Leaf {
  readonly text: string;
  readonly field: Field;
}

/** Texts of one value that are looked at, and steps to one; what lies beyond is told by `left`. */
export const LEAVES = { most: 10_000, depth: 64 } as const;

export interface Leaves {
  readonly leaves: readonly Leaf[];
  /** Whether something was left out. */
  readonly left: boolean;
}

const PLAIN_NAME = /^[\w.-]{1,80}$/;

interface Walk {
  readonly role: Role;
  readonly leaves: Leaf[];
  left: boolean;
}

function put(walk: Walk, text: string, name: string | undefined, path: JsonPath): void {
  if (walk.leaves.length === LEAVES.most) walk.left = true;
  else walk.leaves.push({ text, field: { role: walk.role, ...(name !== undefined && { name }), path } });
}

function walked(walk: Walk, value: Json | undefined, name: string | undefined, path: JsonPath): void {
  if (walk.left) return;
  if (typeof value === "string") put(walk, value, name, path);
  if (typeof value !== "object" || value === null) return;
  if (path.length === LEAVES.depth) {
    walk.left = true;
    return;
  }
  if (!isObject(value)) {
    for (const [index, item] of value.entries()) walked(walk, item, name, [...path, index]);
    // What is cut into words says what they say together.
    if (value.length > 1 && value.every((item) => typeof item === "string"))
      put(walk, value.join(" "), name, path);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    // A name that is none may be read as something else: `$ne` is a command to a document database.
    if (!PLAIN_NAME.test(key)) put(walk, key, undefined, [...path, key]);
    walked(walk, item, key, [...path, key]);
  }
}

/**
 * Every text in a value with the name of its nearest member and its path; a list of texts also as one, and names that are no plain ones
 * too. At most 10,000 texts, 64 steps deep.
 */
export function leavesOf(value: Json, role: Role): Leaves {
  const walk: Walk = { role, leaves: [], left: false };
  walked(walk, value, undefined, []);
  return { leaves: walk.leaves, left: walk.left };
}

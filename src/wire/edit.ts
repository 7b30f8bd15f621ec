import { isObject, type Json } from "../call/json.ts";
import type { Edit, Swap } from "../call/verdict.ts";
import { planOf, type Branch, type Change } from "./plan.ts";

/** A key called `__proto__` is data like any other. */
function put(into: Record<string, Json | undefined>, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  else into[key] = value;
}

/** A text with parts of it replaced. */
function swapped(text: string, parts: readonly Swap[]): string {
  let made = "";
  let at = 0;
  for (const { from, until, to } of parts) {
    if (until > text.length) throw new TypeError("an edit names a part beyond the end of a text");
    made += text.slice(at, from) + to;
    at = until;
  }
  return made + text.slice(at);
}

/** What a change leaves in the place of `old`; undefined: nothing. A path into nothing makes the objects on the way. */
export function changed(old: Json | undefined, change: Change): Json | undefined {
  switch (change.kind) {
    case "set":
      return change.to;
    case "remove":
      return undefined;
    case "swap":
      if (typeof old !== "string") throw new TypeError("an edit names a part of what is no text");
      return swapped(old, change.parts);
    case "into":
      return changedWithin(old, change.branch);
  }
}

function members(old: Json | undefined, changes: ReadonlyMap<string, Change>): Json | undefined {
  if (old !== undefined && !isObject(old)) throw new TypeError("an edit names a member of what is no object");
  const made: Record<string, Json | undefined> = { ...old };
  let any = old !== undefined;
  for (const [key, change] of changes) {
    const value = changed(Object.hasOwn(made, key) ? made[key] : undefined, change);
    if (value === undefined) delete made[key];
    else {
      put(made, key, value);
      any = true;
    }
  }
  return any ? made : undefined;
}

function elements(old: Json | undefined, changes: ReadonlyMap<number, Change>): Json | undefined {
  if (!Array.isArray(old)) {
    if ([...changes.values()].every((change) => changed(undefined, change) === undefined)) return old;
    throw new TypeError("an edit names an element of what is no array");
  }
  const made: (Json | undefined)[] = [...(old as readonly Json[])];
  for (const [at, change] of [...changes].sort(([a], [b]) => a - b)) {
    const value = changed(made[at], change);
    if (at > made.length && value !== undefined) throw new TypeError("an edit leaves a gap in an array");
    if (at < made.length || value !== undefined) made[at] = value;
  }
  return made.filter((value) => value !== undefined);
}

export function changedWithin(old: Json | undefined, branch: Branch): Json | undefined {
  return branch.of === "members" ? members(old, branch.changes) : elements(old, branch.changes);
}

/**
 * The value with the edits applied, all at once: every path refers to the value as it is given, so removing element 0
 * does not move element 1. What no edit touches is shared with the old value.
 * A `set` of an absent member adds it at the end and makes the objects on the way; one of index `length` adds an element.
 * A `remove` of what is absent does nothing. Throws TypeError where two edits overlap, a path leads through a value that
 * cannot hold it, or `to` is no JSON.
 */
export function applyEdits<T extends Json>(value: T, edits: readonly Edit[]): T {
  return edits.length === 0 ? value : (changedWithin(value, planOf(edits)) as T);
}

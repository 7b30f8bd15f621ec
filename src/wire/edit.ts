import type { Json } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";

/**
 * The value with the edits applied, all at once: every path refers to the value as it is given, so removing element 0
 * does not move element 1. What no edit touches is shared with the old value.
 * A `set` of an absent member adds it at the end and makes the objects on the way; one of index `length` adds an element.
 * A `remove` of what is absent does nothing. Throws TypeError where two edits overlap, a path leads through a value that
 * cannot hold it, or `to` is no JSON.
 */
export function applyEdits<T extends Json>(_value: T, _edits: readonly Edit[]): T {
  throw new TypeError("to follow");
}

import type { Json } from "../call/json.ts";
import type { Edit, Swap } from "../call/verdict.ts";

/** What happens to one member or element. */
export type Change =
  | { readonly kind: "set"; readonly to: Json; readonly text: string }
  | { readonly kind: "remove" }
  | { readonly kind: "swap"; readonly parts: readonly Swap[] }
  | { readonly kind: "into"; readonly branch: Branch };

/** The changes inside one object (`members`) or array (`elements`), in the order they were asked for. */
export type Branch =
  | { readonly of: "members"; readonly changes: ReadonlyMap<string, Change> }
  | { readonly of: "elements"; readonly changes: ReadonlyMap<number, Change> };

interface Growing {
  readonly changes: Map<string | number, Growing | Exclude<Change, { kind: "into" }>>;
}

/** How a path is named in errors: `params.arguments[2]`. */
function pathText(path: readonly (string | number)[]): string {
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${part}`))
    .join("");
}

/** Parts that are in order and apart. */
function partsOf({ parts, path }: Extract<Edit, { readonly kind: "swap" }>): readonly Swap[] {
  let end = 0;
  for (const { from, until } of parts) {
    if (!Number.isInteger(from) || !Number.isInteger(until) || from < end || until < from)
      throw new TypeError(`parts of the text at ${pathText(path)} are out of order or overlap`);
    end = until;
  }
  return parts;
}

/** The text decides what the value is, so that value and bytes cannot differ. */
function leaf(edit: Edit): Exclude<Change, { kind: "into" }> {
  if (edit.kind === "remove") return { kind: "remove" };
  if (edit.kind === "swap") return { kind: "swap", parts: partsOf(edit) };
  const { to } = edit;
  const text: unknown = JSON.stringify(to);
  if (typeof text !== "string" || (typeof to === "number" && !Number.isFinite(to))) {
    throw new TypeError(`what is put at ${pathText(edit.path)} is no JSON`);
  }
  const kept = typeof to === "string" || typeof to === "boolean" || to === null;
  return { kind: "set", text, to: kept ? to : (JSON.parse(text) as Json) };
}

function close({ changes }: Growing): Branch {
  const done = new Map<string | number, Change>();
  let numbers = 0;
  for (const [key, change] of changes) {
    if (typeof key === "number") numbers++;
    done.set(key, "changes" in change ? { kind: "into", branch: close(change) } : change);
  }
  if (numbers === 0) return { of: "members", changes: done as Map<string, Change> };
  if (numbers === done.size) return { of: "elements", changes: done as Map<number, Change> };
  throw new TypeError("edits take the same value for an object and for an array");
}

/** Edits as a tree. Throws TypeError where two of them overlap, a path is empty or an index is none. */
export function planOf(edits: readonly Edit[]): Branch {
  const root: Growing = { changes: new Map() };
  for (const edit of edits) {
    let into = root;
    const last = edit.path.length - 1;
    if (last < 0) throw new TypeError("an edit needs a path");
    for (const [at, key] of edit.path.entries()) {
      if (typeof key === "number" && !(Number.isInteger(key) && key >= 0)) {
        throw new TypeError(`${pathText(edit.path)} has an index that is none`);
      }
      const there = into.changes.get(key);
      if (there !== undefined && (at === last || !("changes" in there))) {
        throw new TypeError(`two edits overlap at ${pathText(edit.path.slice(0, at + 1))}`);
      }
      if (at === last) into.changes.set(key, leaf(edit));
      else if (there !== undefined && "changes" in there) into = there;
      else {
        const next: Growing = { changes: new Map() };
        into.changes.set(key, next);
        into = next;
      }
    }
  }
  return close(root);
}

import { isObject, type Json, type JsonObject, member } from "../call/json.ts";
import { entriesOf, type Parts, partsOf } from "./parts.ts";

/**
 * The most checks that one value may cause at one of its places before a schema is called a bomb, and the most steps
 * that one call may cost: about a second at worst. Beyond either the arguments pass unchecked, with a finding that says
 * so: what a server sends must not stall the gate, and policy judges the call all the same.
 */
const MOST_CHECKS = 1e5;
const MOST_STEPS = 2e7;
/** Messages are nested no deeper than 64 (wire/frame.ts); a value beyond this is not checked where depth matters. */
const MOST_DEPTH = 70;
const MOST_NESTED = 1000;
const CHARS_PER_STEP = 8;

/** Steps at one place of a value: of the structure, and per text. */
interface Cost {
  readonly checks: number;
  readonly text: number;
}

/** Says why a value cannot be checked within so many steps (the bound, if absent), or undefined where it can. */
export type Afford = (value: Json, most_steps?: number) => string | undefined;

/** A value is an object or a list and never both, so what is checked inside the one does not add to the other. */
interface Below {
  readonly object: Cost;
  readonly list: Cost;
}

interface Node {
  readonly parts: Parts;
  /** Everything that is checked at the value itself, this one included, summed over references. */
  here: number;
  /** The same of what is done to text. */
  text: number;
  /** Bounds for the places inside the value, for one as deep as the round. */
  below: Below;
}

const NOTHING: Cost = { checks: 0, text: 0 };

function plus(one: Cost, other: Cost): Cost {
  return { checks: one.checks + other.checks, text: one.text + other.text };
}

function most(one: Cost, other: Cost): Cost {
  return { checks: Math.max(one.checks, other.checks), text: Math.max(one.text, other.text) };
}

function same(one: Cost, other: Cost): boolean {
  return one.checks === other.checks && one.text === other.text;
}

/** Every subschema that can be reached, each with what it applies. Throws what is to be said where a part is not found. */
function reach(root: JsonObject): ReadonlyMap<JsonObject, Node> {
  const nodes = new Map<JsonObject, Node>();
  const entries = entriesOf(root);
  const waiting: JsonObject[] = [root];
  for (let schema = waiting.pop(); schema !== undefined; schema = waiting.pop()) {
    if (nodes.has(schema)) continue;
    if (schema !== root && typeof schema["$id"] === "string")
      throw new RangeError("parts of the schema have an `$id` of their own");
    const parts = partsOf(schema, root, entries);
    nodes.set(schema, { parts, here: 0, text: 0, below: { object: NOTHING, list: NOTHING } });
    waiting.push(...parts.here, ...parts.named, ...parts.keyed, ...parts.placed, ...parts.listed);
  }
  return nodes;
}

/** Adds up what is checked at one value. Throws where that is too much, or a reference comes back to its own value. */
function sumHere(nodes: ReadonlyMap<JsonObject, Node>, schema: JsonObject, open: Set<JsonObject>): Node {
  const node = nodes.get(schema);
  if (node === undefined) throw new RangeError("a part of the schema was not found");
  if (node.here > 0) return node;
  if (open.has(schema)) throw new RangeError("a reference of the schema leads back to itself");
  if (open.size > MOST_NESTED) throw new RangeError("the schema is nested too deep");
  open.add(schema);
  let here = node.parts.weight;
  let text = node.parts.textWeight;
  for (const part of node.parts.here) {
    const sum = sumHere(nodes, part, open);
    here += sum.here;
    text += sum.text;
  }
  open.delete(schema);
  if (Math.max(here, text) > MOST_CHECKS) throw new RangeError("the schema checks one value too many times");
  node.here = here;
  node.text = text;
  return node;
}

function everywhere({ here, text, below }: Node): Cost {
  return most({ checks: here, text }, most(below.object, below.list));
}

/** How often one place below a value can be checked: members by name exclude each other, all else adds up. */
function belowOf(nodes: ReadonlyMap<JsonObject, Node>, order: readonly Node[]): ReadonlyMap<Node, Below> {
  const next = new Map<Node, Below>();
  const at = (schema: JsonObject): Cost => {
    const node = nodes.get(schema);
    return node === undefined ? NOTHING : everywhere(node);
  };
  const largest = (schemas: readonly JsonObject[]): Cost => schemas.map(at).reduce(most, NOTHING);
  const total = (schemas: readonly JsonObject[]): Cost => schemas.map(at).reduce(plus, NOTHING);
  for (const node of order) {
    const { parts } = node;
    let object = plus(largest(parts.named), total(parts.keyed));
    let list = plus(largest(parts.placed), total(parts.listed));
    // Each `uniqueItems` writes out all that is below its list.
    if (parts.unique) list = plus(list, { checks: 1, text: 1 });
    for (const part of parts.here) {
      const inner = nodes.get(part);
      const below = inner && (next.get(inner) ?? inner.below);
      if (below === undefined) continue;
      object = plus(object, below.object);
      list = plus(list, below.list);
    }
    next.set(node, { object, list });
  }
  return next;
}

/** Parts before the wholes that apply them to the same value. */
function inOrder(nodes: ReadonlyMap<JsonObject, Node>): readonly Node[] {
  return Array.from(nodes.values()).sort((one, other) => one.here - other.here);
}

/** The bound of each depth of a value; the last one holds for all deeper values where `stable`. */
function boundsOf(root: JsonObject): { readonly bounds: readonly Cost[]; readonly stable: boolean } {
  const nodes = reach(root);
  for (const schema of nodes.keys()) sumHere(nodes, schema, new Set());
  const order = inOrder(nodes);
  const top = nodes.get(root);
  const bounds: Cost[] = [];
  for (let depth = 0; depth < MOST_DEPTH; depth++) {
    const at = top === undefined ? NOTHING : everywhere(top);
    bounds.push(at);
    if (at.checks > MOST_CHECKS || at.text > MOST_CHECKS) return { bounds, stable: false };
    const next = belowOf(nodes, order);
    let changed = false;
    for (const [node, below] of next) {
      changed ||= !same(below.object, node.below.object) || !same(below.list, node.below.list);
      node.below = below;
    }
    if (!changed) return { bounds, stable: true };
  }
  return { bounds, stable: false };
}

interface Size {
  readonly nodes: number;
  readonly chars: number;
  readonly depth: number;
}

function sizeOf(root: Json): Size {
  let nodes = 0;
  let chars = 0;
  let depth = 0;
  for (let level: Json[] = [root]; level.length > 0; depth++) {
    const inside: Json[] = [];
    for (const value of level) {
      nodes += 1;
      if (typeof value === "string") chars += value.length;
      if (Array.isArray(value)) for (const each of value as readonly Json[]) inside.push(each);
      else if (isObject(value)) {
        for (const key of Object.keys(value)) {
          nodes += 1;
          chars += key.length;
          const each = member(value, key);
          if (each !== undefined) inside.push(each);
        }
      }
    }
    level = inside;
  }
  return { nodes, chars, depth };
}

/**
 * What checking a value against a schema can cost, worked out from the schema once, without compiling it: references
 * followed, branches added up, recursion followed as deep as a value goes. Throws RangeError with what is to be said of
 * a schema that is never checked.
 */
export function affordable(schema: JsonObject): Afford {
  const { bounds, stable } = boundsOf(schema);
  return (value, most_steps = MOST_STEPS) => {
    const { nodes, chars, depth } = sizeOf(value);
    const bound = bounds[depth] ?? (stable ? bounds.at(-1) : undefined);
    if (bound === undefined || Math.max(bound.checks, bound.text) > MOST_CHECKS)
      return "the schema checks a value so deep too many times";
    const steps = nodes * bound.checks + (chars / CHARS_PER_STEP) * bound.text;
    return steps > most_steps ? "the arguments are too large for their schema" : undefined;
  };
}

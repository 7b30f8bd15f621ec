import { isObject, type JsonObject, member } from "../../call/json.ts";

export type ListMethod =
  | "tools/list"
  | "prompts/list"
  | "resources/list"
  | "resources/templates/list"
  | "skills/list";

interface List {
  /** The member of the result that holds the items. */
  readonly items: string;
  /** The member of an item that names it. */
  readonly name: string;
}
export const LISTS: Readonly<Record<ListMethod, List>> = {
  "tools/list": { items: "tools", name: "name" },
  "prompts/list": { items: "prompts", name: "name" },
  "resources/list": { items: "resources", name: "uri" },
  "resources/templates/list": { items: "resourceTemplates", name: "uriTemplate" },
  "skills/list": { items: "skills", name: "uri" },
};

export function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(LISTS, method);
}

/** One list of one server, as one principal was last told. Definitions are the server's own words: untrusted. */
export interface Shelf {
  readonly items: ReadonlyMap<string, JsonObject>;
  readonly learned_ms: number;
}

/** The named items of a list result. */
export function itemsOf(method: ListMethod, result: JsonObject): ReadonlyMap<string, JsonObject> {
  const { items, name } = LISTS[method];
  const list = member(result, items);
  const found = new Map<string, JsonObject>();
  if (!Array.isArray(list)) return found;
  for (const item of list) {
    const key = member(item, name);
    if (isObject(item) && typeof key === "string") found.set(key, item);
  }
  return found;
}

const NONE: Shelf["items"] = new Map();

/** A server need not say that its list changed, so what it said is asked again after this long. */
const STALE_MS = 5 * 60_000;

/**
 * What each principal was told by each server. Bounded: what was learned longest ago goes first.
 * `version` changes when any name does, for whoever keeps something derived.
 */
export class Catalogue {
  readonly #shelves = new Map<string, Shelf>();
  readonly #ticks: () => number;
  readonly #most: number;
  /** One call asks for the same shelf several times. */
  #last:
    | {
        readonly server: string;
        readonly principal: string;
        readonly method: ListMethod;
        readonly shelf: Shelf;
      }
    | undefined;
  #version = 0;

  constructor(ticks: () => number, most = 8192) {
    this.#ticks = ticks;
    this.#most = most;
  }

  get version(): number {
    return this.#version;
  }

  /** Undefined where the list is not known whole, or was learned too long ago. */
  shelf(server: string, principal: string, method: ListMethod): Shelf | undefined {
    const last = this.#last;
    const same = last?.server === server && last.principal === principal && last.method === method;
    const shelf = same ? last.shelf : this.#shelves.get(key(server, principal, method));
    if (shelf === undefined || this.#ticks() - shelf.learned_ms > STALE_MS) return undefined;
    if (!same) this.#last = { server, principal, method, shelf };
    return shelf;
  }

  /** What was last known, however long ago. */
  remembered(server: string, principal: string, method: ListMethod): Shelf["items"] {
    return this.#shelves.get(key(server, principal, method))?.items ?? NONE;
  }

  /** What anybody was told of by a server, by name: as the one told last has it. */
  offered(server: string, method: ListMethod): ReadonlyMap<string, JsonObject> {
    const found = new Map<string, JsonObject>();
    for (const [at, { items }] of this.#shelves)
      if (at.startsWith(`${server}\n`) && at.endsWith(`\n${method}`))
        for (const [name, item] of items) found.set(name, item);
    return found;
  }

  /** Takes over a whole list. */
  learn(server: string, principal: string, method: ListMethod, items: ReadonlyMap<string, JsonObject>): void {
    this.#last = undefined;
    const at = key(server, principal, method);
    const old = this.#shelves.get(at);
    if (old === undefined || !sameNames(old.items, items)) this.#version += 1;
    this.#shelves.delete(at);
    this.#shelves.set(at, { items, learned_ms: this.#ticks() });
    if (this.#shelves.size > this.#most) {
      const [oldest] = this.#shelves.keys();
      if (oldest !== undefined) this.#shelves.delete(oldest);
    }
  }

  /** A server said that a list changed: forgotten for everybody, because nobody knows for whom. */
  forget(server: string, method: ListMethod): void {
    this.#last = undefined;
    for (const at of this.#shelves.keys()) {
      const shelf = this.#shelves.get(at);
      if (shelf === undefined || !at.startsWith(`${server}\n`) || !at.endsWith(`\n${method}`)) continue;
      this.#shelves.set(at, { ...shelf, learned_ms: Number.NEGATIVE_INFINITY });
    }
  }
}

function key(server: string, principal: string, method: ListMethod): string {
  return `${server}\n${principal}\n${method}`;
}

function sameNames(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return one.size === other.size && [...one.keys()].every((name) => other.has(name));
}

import type { EntityJson, EntityUidJson, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import { isObject } from "../../call/json.ts";
import { uidText } from "./library.ts";

/** Entities that policies may look at, and how they lie in each other. */
export interface Hierarchy {
  /** What is known of an entity, put together with what a call says of it. */
  readonly joined: (own: EntityJson) => EntityJson;
  /** The entity and all that it lies in, by way of known entities. */
  readonly within: (entity: EntityJson) => ReadonlySet<string>;
  /** The entities that one names: its parents, and those in its attributes and tags. */
  readonly linked: (entity: EntityJson) => ReadonlySet<string>;
  /** Every known entity that can be come by from these, over parents, attributes and tags. */
  readonly reached: (from: Iterable<string>) => readonly EntityJson[];
}

export function idOf(uid: EntityUidJson): TypeAndId {
  return "__entity" in uid ? uid.__entity : uid;
}

/** The entities that a value of Cedar's JSON names, however deep. */
export function named(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const each = waiting.pop();
    if (typeof each !== "object" || each === null) continue;
    if (isObject(each) && typeof each["type"] === "string" && typeof each["id"] === "string")
      found.add(uidText({ type: each["type"], id: each["id"] }));
    waiting.push(...Object.values(each));
  }
  return found;
}

function join(known: EntityJson | undefined, own: EntityJson): EntityJson {
  if (known === undefined) return own;
  const parents = new Map([...known.parents, ...own.parents].map((uid) => [uidText(idOf(uid)), uid]));
  return { ...known, attrs: { ...known.attrs, ...own.attrs }, parents: [...parents.values()] };
}

export function hierarchy(entities: readonly EntityJson[]): Hierarchy {
  const known = new Map(entities.map((entity) => [uidText(idOf(entity.uid)), entity]));
  const linked: Hierarchy["linked"] = ({ attrs, parents, tags }) => named([attrs, parents, tags]);
  const links = new Map([...known].map(([uid, entity]) => [uid, linked(entity)]));
  return {
    linked,
    joined: (own) => join(known.get(uidText(idOf(own.uid))), own),
    within(entity) {
      const found = new Set([uidText(idOf(entity.uid))]);
      const waiting = [...entity.parents];
      for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
        const uid = uidText(idOf(parent));
        if (found.has(uid)) continue;
        found.add(uid);
        waiting.push(...(known.get(uid)?.parents ?? []));
      }
      return found;
    },
    reached(from) {
      const seen = new Set<string>();
      const waiting = [...from];
      for (let uid = waiting.pop(); uid !== undefined; uid = waiting.pop()) {
        if (seen.has(uid) || !known.has(uid)) continue;
        seen.add(uid);
        waiting.push(...(links.get(uid) ?? []));
      }
      return [...seen].flatMap((uid) => known.get(uid) ?? []);
    },
  };
}

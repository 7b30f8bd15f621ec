import { hash } from "node:crypto";
import type { JsonPath } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import type { Field, Found } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";

/** What guards said of a text at its place. */
export interface Remembered {
  readonly found: readonly Found[];
  /** Whether it was not looked at to its end. */
  readonly cut: boolean;
}

/** What was seen of texts lately. A tenant's are known to that tenant alone: whether a text is known is on record. */
export interface Memory {
  readonly find: (tenant: TenantId, leaf: Leaf) => Remembered | undefined;
  readonly keep: (tenant: TenantId, leaf: Leaf, seen: Remembered) => void;
}

/** Texts that are remembered by themselves, in which nothing was found: those that come again and again are short. */
const PLAIN = { units: 1_024, texts: 4_096, tenants: 64, places: 8 } as const;
/** Others are remembered by their digest. Shorter ones are read again faster than they are looked up. */
const DIGESTED = { from: 64, texts: 4_096 } as const;
/** Steps to a text that is remembered. */
const DEPTH = 24;

const NOTHING: Remembered = Object.freeze({ found: [], cut: false });

function isSame(one: JsonPath, other: JsonPath): boolean {
  if (one.length !== other.length) return false;
  for (let at = one.length - 1; at >= 0; at--) if (one[at] !== other[at]) return false;
  return true;
}

const TOP: JsonPath = [];

/** Whether a text says the same to guards at both places: an argument is judged by all of its path, others by their name at most. */
function isAlike(one: Field, other: Field): boolean {
  if (one.role !== other.role || one.name !== other.name) return false;
  return one.role !== "argument" || isSame(one.path ?? TOP, other.path ?? TOP);
}

function digestOf(tenant: TenantId, { text, field: { role, name = "", path = TOP } }: Leaf): string {
  const place = role === "argument" ? JSON.stringify(path) : name;
  return `${tenant} ${role} ${place} ${hash("sha256", text, "base64url")}`;
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  const [oldest] = map.size >= most ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}

/**
 * Remembers the last 4,096 texts of up to 1,024 characters in which nothing was found, as they are, and as many others of 64 characters
 * and more by their SHA-256: what holds a secret is not kept.
 */
export function memory(): Memory {
  /** Each tenant's places by themselves: whose places made room for another's would hear that it has the same text. */
  const plain = new Map<string, Map<TenantId, Field[]>>();
  const digested = new Map<string, Remembered>();
  /** By length: how many texts were ever digested. Nearly all others are known to be new without a digest. */
  const lengths = new Uint8Array(65_536);
  return {
    find(tenant, leaf) {
      const { text, field } = leaf;
      if ((field.path ?? TOP).length > DEPTH) return undefined;
      const isHere = (place: Field): boolean => isAlike(place, field);
      if (text.length <= PLAIN.units && plain.get(text)?.get(tenant)?.some(isHere) === true) return NOTHING;
      return lengths[text.length & 65_535] === 1 ? digested.get(digestOf(tenant, leaf)) : undefined;
    },
    keep(tenant, leaf, seen) {
      const { text, field } = leaf;
      if ((field.path ?? TOP).length > DEPTH) return;
      if (text.length <= PLAIN.units && seen.found.length === 0 && !seen.cut) {
        const all = plain.get(text);
        const places = all?.get(tenant);
        if (all === undefined) {
          forgetOldest(plain, PLAIN.texts);
          plain.set(text, new Map([[tenant, [field]]]));
        } else if (places === undefined) {
          if (all.size < PLAIN.tenants) all.set(tenant, [field]);
        } else {
          if (places.length === PLAIN.places) places.shift();
          places.push(field);
        }
      } else if (text.length >= DIGESTED.from) {
        forgetOldest(digested, DIGESTED.texts);
        digested.set(digestOf(tenant, leaf), seen);
        lengths[text.length & 65_535] = 1;
      }
    },
  };
}

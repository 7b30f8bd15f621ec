import type { JsonPath } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Leaf } from "../detect/fields.ts";
import type { Masking } from "./inspect-mask.ts";

/** What stands for a value that was masked, and who may have it back. */
export interface Tokens {
  /** The token of a value, the same each time for the same principal. It is remembered where some server may have it back. */
  readonly token: (principal: Principal, kind: string, value: string) => string;
  /** Resolves when what was remembered is where every gate of the store finds it, or cannot be. Never rejects. */
  readonly kept: () => Promise<void>;
  /** The value of a token that this principal was given; undefined: none that is known. */
  readonly plain: (principal: Principal, kind: string, id: string) => Promise<string | undefined>;
}

/** Digits of a token's id, five bits each. */
const ID_DIGITS = 16;

const TOKEN = new RegExp(
  String.raw`\[([A-Z][A-Z_]{1,30}):([a-z2-7]{${ID_DIGITS}})\]|\bemail-([a-z2-7]{${ID_DIGITS}})@masked\.invalid\b`,
  "g",
);

/** A token as it stands in a text. */
export interface Told {
  readonly leaf: Leaf;
  readonly from: number;
  readonly until: number;
  readonly kind: string;
  readonly id: string;
}

/** What stands in the place of a value of a kind: with an id where it can be told from others of its kind. */
export function markOf(kind: string, id?: string): string {
  return `[${kind.toUpperCase()}${id === undefined ? "" : `:${id}`}]`;
}

/** An address that no mail reaches, for where a schema wants an address. */
export function addressMark(id: string): string {
  return `email-${id}@masked.invalid`;
}

/** Whether a schema may hold the text at a place to a form: the text of blocks has none. */
export function isFormed(path: JsonPath): boolean {
  return path[0] === "structuredContent";
}

/** Every token in some texts. */
export function tokensIn(leaves: readonly Leaf[]): readonly Told[] {
  const found: Told[] = [];
  for (const leaf of leaves) {
    if (leaf.pieces !== undefined || leaf.name === true) continue;
    if (!leaf.text.includes(":") && !leaf.text.includes("@masked.")) continue;
    for (const match of leaf.text.matchAll(TOKEN)) {
      const [whole, kind, id, address] = match;
      const from = match.index;
      found.push({
        leaf,
        from,
        until: from + whole.length,
        kind: kind === undefined ? "email" : kind.toLowerCase(),
        id: id ?? address ?? "",
      });
    }
  }
  return found;
}

/** Takes a token out, for a server that may not have what it stands for. */
export function unnamed({ leaf, from, until, kind }: Told): Masking {
  return { leaf, from, until, to: () => markOf(kind) };
}

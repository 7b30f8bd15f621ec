import { randomBytes } from "node:crypto";
import { type Entry, plainSecrets } from "./entry.ts";
import { accountOf, type Keychain } from "./keychain.ts";
import { IN_KEYCHAIN } from "./secret-values.ts";
import { quoted, type Splice, spliced } from "./splice.ts";
import type { Part } from "./syntax.ts";

/** A secret that leaves a file for the keychain. */
export interface Move {
  readonly account: string;
  readonly value: string;
  /** As messages name it: `env.GITHUB_TOKEN`. */
  readonly called: string;
}

const plain = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60);

/** A value in quotes of the kind that stood there. */
function literal(quote: string | undefined, value: string): string {
  return quote === "'" && !/['\r\n]/.test(value) ? `'${value}'` : quoted(value);
}

/** Clients put something else in the place of these before they start a server. */
const REFERENCE = /\$[{A-Za-z_]/;

/**
 * The text with references in the place of secrets that `wrap` can put back when it starts the server: those of its
 * environment and its arguments, where they are written so that they can be put back to the byte.
 */
export function moveSecrets(
  text: string,
  entry: Entry,
): { readonly text: string; readonly moves: readonly Move[] } {
  const found = plainSecrets(entry).flatMap(({ keys, called, part: { span, value } }) => {
    const written = text.slice(span.from, span.to);
    const holder = keys[entry.holder.length];
    if (holder !== "env" && holder !== "args") return [];
    if (REFERENCE.test(value) || literal(written[0], value) !== written) return [];
    const name = plain(called.split(".").at(-1) ?? called);
    const account = `${plain(entry.name)}/${name}/${randomBytes(4).toString("hex")}`;
    const splice = { ...span, text: literal(written[0], `${IN_KEYCHAIN}${account}`) };
    return [{ splice, move: { account, value, called } }];
  });
  return {
    text: spliced(
      text,
      found.map(({ splice }) => splice),
    ),
    moves: found.map(({ move }) => move),
  };
}

function textsIn(part: Part): readonly Extract<Part, { kind: "text" }>[] {
  if (part.kind === "text") return [part];
  if (part.kind === "object") return part.members.flatMap(({ value }) => textsIn(value));
  return part.kind === "array" ? part.items.flatMap(textsIn) : [];
}

/** The accounts that an entry's texts refer to, each once. */
export function accountsIn(entry: Entry): readonly string[] {
  return [...new Set(textsIn(entry.part).flatMap(({ value }) => accountOf(value) ?? []))];
}

/** Secrets back where their references stand. `missing` names what the keychain does not have. Rejects where it is locked. */
export async function restoreSecrets(
  text: string,
  entry: Entry,
  keychain: Keychain,
): Promise<{ readonly text: string; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const splices: Splice[] = [];
  for (const { span, value: written } of textsIn(entry.part)) {
    const account = accountOf(written);
    const value = account === undefined ? undefined : await keychain.get(account);
    if (value !== undefined) splices.push({ ...span, text: literal(text[span.from], value) });
    else if (account !== undefined) missing.push(account);
  }
  return { text: spliced(text, splices), missing };
}

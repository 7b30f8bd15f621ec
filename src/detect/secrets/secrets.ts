import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { secretsIn } from "./sweep.ts";

/** Characters of a value that its name is read with. */
const VALUE_MOST = 512;

/** A value with the name of its field before it, as a file would write it; places are those of the value. */
function named(text: string, name: string): readonly Hit[] {
  const before = `${name}="`;
  return secretsIn(`${before}${text}"`)
    .filter(({ from }) => from >= before.length)
    .map((hit) => ({
      ...hit,
      from: hit.from - before.length,
      until: Math.min(hit.until - before.length, text.length),
    }));
}

/**
 * Credentials, in every role: forms of some 170 issuers (with their checksum where there is one), private keys, signed tokens,
 * passwords in addresses and assignments, and random words that stand beside a name which calls them a secret. Score: 1 where
 * a checksum is right, 0.95 for a form, 0.6 to 0.9 for what only its surroundings tell.
 */
export const SECRETS: Detector = {
  name: "secrets",
  version: "2",
  classes: ["secret"],
  find: (views, { name }) =>
    lookAt("secrets", views, (text) =>
      name === undefined || text.length > VALUE_MOST ? secretsIn(text) : named(text, name),
    ),
};

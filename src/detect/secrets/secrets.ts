import type { Detector } from "../detector.ts";
import { lookAt } from "../look.ts";
import { secretsIn } from "./sweep.ts";

/**
 * Credentials, in every role: forms of some 140 issuers (with their checksum where there is one), private keys, signed tokens,
 * passwords in addresses and assignments, and random words that stand beside a name which calls them a secret. Score: 1 where
 * a checksum is right, 0.95 for a form, 0.6 to 0.9 for what only its surroundings tell.
 */
export const SECRETS: Detector = {
  name: "secrets",
  version: "1",
  classes: ["secret"],
  find: (views) => lookAt("secrets", views, secretsIn),
};

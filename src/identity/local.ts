import { userInfo } from "node:os";
import type { Principal } from "../call/principal.ts";

/** Whoever can reach a loopback address of a gate without authentication. A name, so that policy and journal see it. */
export const ANONYMOUS: Principal = Object.freeze({
  id: "anonymous",
  tenant: "default",
  roles: Object.freeze([]),
  scopes: Object.freeze([]),
  source: "anonymous",
});

/** Who runs this process: the principal of a stdio door. */
export function localAccount(): Principal {
  return { id: account(), tenant: "default", roles: [], scopes: [], source: "local-account" };
}

function account(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under an id that has no name.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

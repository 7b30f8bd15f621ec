import type { IncomingMessage } from "node:http";
import type { Principal } from "../../call/principal.ts";
import type { Entrance } from "../identity.ts";
import { tooMany } from "../proofs.ts";
import type { SignIn, Visit } from "./sign-in.ts";

/** What a gate knows of those who try to sign in. */
interface Watching {
  readonly visit: Entrance["visit"];
  /** Seconds that an address has to wait because it guessed too often, or undefined. */
  readonly wait: (address: string) => number | undefined;
  /** What is thrown instead of an error. */
  readonly refused: (error: unknown, visit: Visit) => unknown;
}

/** Signing in, with an eye on who guesses. */
export function entrance(signIn: SignIn, { visit, wait, refused }: Watching): Entrance {
  return {
    ...signIn,
    visit,
    async attempt(of, work) {
      const wait_s = wait(of.address);
      if (wait_s !== undefined) throw tooMany(wait_s);
      try {
        return await work();
      } catch (error) {
        throw refused(error, of);
      }
    },
  };
}

const PAGE = /^\/a\//;

/** Cookies go along whoever sends a request, so they are taken for nothing but pages, whose forms say that they are theirs. */
export function signedIn(
  signIn: SignIn | undefined,
  {
    request,
    path,
    base,
  }: { readonly request: IncomingMessage; readonly path: string; readonly base: string },
  nobody: () => Error,
): Promise<Principal> | undefined {
  if (signIn === undefined || !PAGE.test(path)) return undefined;
  return signIn.find({ request, base }).then((found) => {
    if (found === undefined) throw nobody();
    return found;
  });
}

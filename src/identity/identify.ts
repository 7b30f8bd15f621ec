import type { IncomingMessage } from "node:http";
import { Fault } from "../call/fault.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import { isLoopback } from "../config/address.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Credentials } from "../store/people/credentials.ts";
import type { People } from "../store/people/people.ts";
import type { Log } from "../telemetry/log.ts";
import { entrance, signedIn } from "./browser/entrance.ts";
import type { SignIn } from "./browser/sign-in.ts";
import { certificates } from "./certificate.ts";
import { changesOf } from "./changes.ts";
import { demandsOf } from "./demands.ts";
import { type Directory, directory } from "./directory.ts";
import { proofCheck } from "./dpop.ts";
import { failures } from "./failures.ts";
import type { Fetch } from "./fetched.ts";
import { counter } from "./grants/counter.ts";
import type { OwnServer } from "./grants/open.ts";
import type { Identity } from "./identity.ts";
import { keyring } from "./keyring.ts";
import { clientOf, peerOf, type Within, within } from "./network.ts";
import { nonces } from "./nonces.ts";
import { type OnRecord, type OnRecordParts, onRecord } from "./on-record.ts";
import { places } from "./places.ts";
import { proofs } from "./proofs.ts";
import { Refused } from "./refused.ts";
import { type Refusing, refusing } from "./refusing.ts";
import { baseOf, partOf, pathOf } from "./resource.ts";
import { resourcesOf, telling } from "./telling.ts";
import { verifier } from "./verify.ts";

export interface IdentityParts {
  readonly auth: RequiredAuth;
  /** Whether listeners speak TLS themselves. */
  readonly tls: boolean;
  readonly credentials: Credentials;
  readonly people: Pick<People, "get">;
  /** Where it is written who came in, and what was refused. */
  readonly actsOf: OnRecordParts["actsOf"];
  /** Whether anybody of a tenant is let in now; absent: of every tenant. */
  readonly admits?: ((tenant: TenantId) => boolean) | undefined;
  /** Signing in with a browser; absent: nobody can. */
  readonly browser?: SignIn | undefined;
  /** The gate as an authorization server; absent: it is none. */
  readonly own?: OwnServer | undefined;
  readonly fetch: Fetch;
  /** Whether servers are asked in a caller's name. */
  readonly lends?: boolean;
  readonly log: Log;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly ticks: () => number;
}

/** Over plain HTTP others could read credentials, unless a proxy is known to be between. */
function checkWay(request: IncomingMessage, tls: boolean, trusted: Within): void {
  const peer = peerOf(request).replace(/^::ffff:/, "");
  if (tls || isLoopback(peer) || trusted(peer)) return;
  throw new Fault("bad-host", "This gate is reached through its proxy, and not directly.");
}

/** Who is of a tenant that is not here, or not now, hears what a stranger hears. */
function insideOf(admits: IdentityParts["admits"], here: Directory): Directory["known"] {
  return (one) => {
    if (admits?.(one.tenant) === false)
      throw new Refused("invalid_token", `nobody of tenant ${one.tenant} is let in`);
    return here.known(one);
  };
}

/** Somebody who is let in: noted, and as they come from their address. */
function entering(record: OnRecord): (one: Principal, address: string) => Principal {
  const placed = places();
  return (one, address) => {
    record.came(one, address);
    return placed(one, address);
  };
}

/** Where people sign in, and where tokens are given; whoever guesses there is held up as anywhere. */
function counters(
  { auth, browser, own }: IdentityParts,
  {
    addressOf,
    refusal,
    wait,
  }: {
    readonly addressOf: (request: IncomingMessage) => string;
    readonly refusal: Refusing;
    readonly wait: (address: string) => number | undefined;
  },
): Pick<Identity, "browser" | "tokens"> {
  const refused = (error: unknown, request: IncomingMessage, address: string, base: string): unknown =>
    refusal.of(error, request, address, { base, part: "/governance", server: "" });
  return {
    browser:
      browser &&
      entrance(browser, {
        visit: (request, at) => ({
          request,
          base: baseOf(request, at, auth.public_url),
          address: addressOf(request),
        }),
        wait,
        refused: (error, { request, base, address }) => refused(error, request, address, base),
      }),
    tokens:
      own &&
      counter(own.grants, {
        addressOf,
        wait,
        refused: (error, request, address) => void refused(error, request, address, own.issuer),
      }),
  };
}

/**
 * Finds out who sends requests, by what they present: a client certificate, an access token, an API key. Exactly one of
 * them, except that a token may be bound to the certificate; one that proves nothing is refused and never ignored.
 */
export function identityOf(parts: IdentityParts): Identity {
  const { auth, tls, credentials, people, actsOf, browser, own, fetch, lends, log, now, ticks } = parts;
  const demands = demandsOf(auth.demands);
  const trusted = within(auth.trusted_proxies);
  const certified = certificates(auth, trusted);
  const failed = failures(ticks);
  const wait = (address: string): number | undefined => failed.wait(address);
  const changes = changesOf({ credentials, ticks, log });
  const ring = auth.api_keys ? keyring({ credentials, implies: auth.implies, now, changes }) : undefined;
  const here = directory(people, changes);
  const prove = proofs({
    dpop: auth.dpop,
    certified,
    tokens: verifier(auth, fetch, now, lends, own),
    proves: proofCheck(nonces(credentials), credentials),
    ring,
    wait,
  });
  const record = onRecord({ actsOf, now, log });
  const refusal = refusing(parts, demands, failed, record);
  const resourceOf = resourcesOf(auth);
  const entered = entering(record);
  const inside = insideOf(parts.admits, here);

  const addressOf = (request: IncomingMessage): string => {
    checkWay(request, tls, trusted);
    return clientOf(request, trusted);
  };
  return {
    required: true,
    ...counters(parts, { addressOf, refusal, wait }),
    identify(request, listener) {
      const address = addressOf(request);
      const path = pathOf(request);
      const resource = resourceOf(request, listener, partOf(path));
      const at = now();
      try {
        const certificate = certified.of(request, at);
        const found =
          prove({ request, resource, certificate, address, at }) ??
          signedIn(browser, { request, path, base: resource.base }, () => refusal.nothing(resource));
        if (found === undefined) throw refusal.nothing(resource);
        const known = found instanceof Promise ? found.then(inside) : inside(found);
        if (!(known instanceof Promise)) return entered(known, address);
        return known
          .then((one) => entered(one, address))
          .catch((error: unknown) => {
            throw refusal.of(error, request, address, resource);
          });
      } catch (error) {
        throw refusal.of(error, request, address, resource);
      }
    },
    ...telling(auth, demands, resourceOf, own),
    seen: () => changes.seen(),
    holds: ({ tenant }, seen) => seen === changes.seen() && parts.admits?.(tenant) !== false,
    follow(open, end) {
      ring?.follow(open, end);
      here.follow(open, end);
    },
    async close() {
      await changes.close();
      await record.close();
    },
  };
}

import type { IncomingMessage } from "node:http";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Certificate, Certificates } from "./certificate.ts";
import type { Resource } from "./challenge.ts";
import type { ProofCheck } from "./dpop.ts";
import type { Keyring } from "./keyring.ts";
import { presentedBy } from "./presented.ts";
import { Refused } from "./refused.ts";
import type { Verified } from "./remembered.ts";
import { pathOf } from "./resource.ts";
import type { Verifier } from "./verify.ts";

/** A request while it is found out who sent it. */
interface Asked {
  readonly request: IncomingMessage;
  readonly resource: Resource;
  readonly certificate: Certificate | undefined;
  /** The client's own address. */
  readonly address: string;
  /** ms. */
  readonly at: number;
}

export interface ProofParts {
  readonly dpop: RequiredAuth["dpop"];
  readonly certified: Certificates;
  readonly tokens: Verifier;
  readonly proves: ProofCheck;
  /** Undefined where API keys are not taken. */
  readonly ring: Keyring | undefined;
  /** Seconds that an address has to wait because it guessed too often, or undefined. */
  readonly wait: (address: string) => number | undefined;
}

/** What whoever guessed too often is told. */
export function tooMany(wait_s: number): Fault {
  const why = "Too many credentials from your address were not accepted. Wait a minute.";
  return new Fault("too-many", why, { fields: { "retry-after": String(wait_s) } });
}

type Found = Principal | Promise<Principal>;

/**
 * Who sent a request, by the one thing that it presents; undefined where it presents nothing. Throws or rejects with
 * Refused, or with Fault `too-many` or `identity-unavailable`.
 */
export type Proofs = (asked: Asked) => Found | undefined;

export function proofs({ dpop, certified, tokens, proves, ring, wait }: ProofParts): Proofs {
  /** Whoever guesses is held up; who is known already is not, from the same address. */
  function limited({ address }: Asked): void {
    const wait_s = wait(address);
    if (wait_s === undefined) return;
    throw tooMany(wait_s);
  }

  /** The token is good; now whether it is in the hands it was given to. */
  function held(verified: Verified, token: string, proof: string | undefined, asked: Asked): Found {
    const { principal, key, certificate } = verified;
    if (certificate !== asked.certificate?.thumbprint)
      throw certificate === undefined
        ? new Refused("invalid_request", "a client certificate beside a token that is not bound to it")
        : new Refused("invalid_token", "the certificate that the token is bound to is not there");
    if (key === undefined) {
      if (proof === undefined && dpop === "accepted") return principal;
      throw new Refused("invalid_token", "the token is not bound to a key");
    }
    if (proof === undefined)
      throw new Refused("invalid_dpop_proof", "the token is bound to a key, and no proof came");
    const { request, resource, at } = asked;
    const url = `${resource.base}${pathOf(request)}`;
    const of = { method: request.method ?? "", url, token, thumbprint: key, at };
    return proves(proof, of).then(() => principal);
  }

  function ofToken(token: string, proof: string | undefined, asked: Asked): Found {
    const { base, part } = asked.resource;
    const known = tokens.known(token, `${base}${part}`, asked.at);
    if (known !== undefined) return held(known, token, proof, asked);
    limited(asked);
    const verified = tokens.verify(token, `${base}${part}`, asked.at);
    return verified.then((found) => held(found, token, proof, asked));
  }

  function ofKey(key: string, asked: Asked): Found {
    if (ring === undefined) throw new Refused("invalid_token", "API keys are not taken here");
    if (asked.certificate !== undefined)
      throw new Refused("invalid_request", "an API key beside a client certificate");
    if (!ring.knows(key)) limited(asked);
    return ring.find(key, asked.address);
  }

  return (asked) => {
    const presented = presentedBy(asked.request);
    switch (presented.kind) {
      case "key":
        return ofKey(presented.key, asked);
      case "token":
        return ofToken(presented.token, presented.proof, asked);
      case "nothing":
        return asked.certificate === undefined ? undefined : certified.principal(asked.certificate);
    }
  };
}

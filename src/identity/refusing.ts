import type { IncomingMessage } from "node:http";
import { Fault } from "../call/fault.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Log } from "../telemetry/log.ts";
import { challenge, type Resource } from "./challenge.ts";
import type { Demands } from "./demands.ts";
import type { Failures } from "./failures.ts";
import type { OnRecord } from "./on-record.ts";
import { Refused } from "./refused.ts";
import { pathOf } from "./resource.ts";

const SAID = {
  nothing: "Show who you are: this gate answers nobody without a credential.",
  invalid_request: "Show who you are in one way only, in a header.",
  invalid_token: "This credential is not accepted.",
  invalid_dpop_proof: "This credential is not accepted.",
  use_dpop_nonce: "Prove it again with the nonce of this answer.",
} as const;

/** What those are told who are not let in. */
export interface Refusing {
  readonly nothing: (resource: Resource) => Fault;
  /** What is thrown instead of an error; only Refused is worded here. */
  of(error: unknown, request: IncomingMessage, address: string, resource: Resource): unknown;
}

/** How whoever is not let in is told, and how that is noted. */
export function refusing(
  { auth, log }: { readonly auth: RequiredAuth; readonly log: Log },
  demands: Demands,
  failed: Failures,
  record: OnRecord,
): Refusing {
  const told = (
    said: keyof typeof SAID,
    resource: Resource,
    more: Omit<Parameters<typeof challenge>[2], "scopes">,
  ): Fault =>
    new Fault(said === "invalid_request" ? "credential-misused" : "unauthenticated", SAID[said], {
      fields: challenge(auth, resource, { ...more, scopes: demands.atLeast(resource.server) }),
    });
  return {
    nothing: (resource) => told("nothing", resource, {}),
    of(error, request, address, resource) {
      if (error instanceof Fault && error.code === "too-many") record.unlooked();
      if (!(error instanceof Refused)) return error;
      // A proof that only lacks the nonce of now is the way in, and no failure.
      if (error.error !== "use_dpop_nonce") {
        const noted = failed.note(address);
        const path = pathOf(request);
        record.refused(error, request, address, noted === "beyond");
        // Whoever goes on would fill the log.
        if (noted !== "beyond")
          log.warn({ address, path, reason: error.message }, "a credential was refused");
        if (noted === "last")
          log.warn({ address }, "no more credentials of this address are looked at for a minute");
      }
      return told(error.error, resource, { error: error.error, nonce: error.nonce });
    },
  };
}

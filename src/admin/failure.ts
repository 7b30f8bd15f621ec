import type { FastifyError } from "fastify";
import { Fault, type FaultCode } from "../call/fault.ts";
import { JournalUnavailable, StoreUnusable } from "../store/unavailable.ts";
import { Ungranted } from "../identity/granting.ts";
import { type ProblemCode, Refused } from "./problem.ts";

const OF_FAULT: Readonly<Partial<Record<FaultCode, ProblemCode>>> = {
  "malformed-json": "malformed-body",
  "invalid-request": "malformed-body",
  "invalid-params": "unjudgeable",
  "header-mismatch": "unjudgeable",
  "missing-capability": "unjudgeable",
  "unsupported-version": "unjudgeable",
  "too-large": "too-large",
  "wrong-media-type": "wrong-media-type",
  "bad-host": "wrong-host",
  "bad-origin": "wrong-origin",
  unauthenticated: "unauthenticated",
  "credential-misused": "credential-misused",
  "insufficient-scope": "refused",
  "insufficient-sign-in": "refused",
  "too-many": "too-many-attempts",
  "identity-unavailable": "identity-unavailable",
  "shutting-down": "shutting-down",
};

const OF_FRAMEWORK: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["too-large", "The body is larger than this gate takes."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["wrong-media-type", "Content-Type must be application/json."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["malformed-body", "The body is not as long as Content-Length says."],
  FST_ERR_BAD_URL: ["not-found", "The path cannot be read."],
  FST_ERR_MAX_PARAM_LENGTH: ["not-found", "The path is too long."],
};

/** Whatever went wrong, as what may be told of it. What nobody foresaw is `internal`, and its reason stays here. */
export function refusedBy(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof Fault) {
    const code = OF_FAULT[error.code] ?? "internal";
    const said = code === "internal" ? "Something failed here." : error.message;
    return new Refused(code, said, { headers: error.fields, cause: error });
  }
  if (error instanceof Ungranted) return new Refused("not-granted", `${error.message}.`, { cause: error });
  if (error instanceof JournalUnavailable || error instanceof StoreUnusable) {
    const headers = { "retry-after": "5" };
    return new Refused("unrecorded", "The records of this gate cannot be reached now.", {
      headers,
      cause: error,
    });
  }
  const known = OF_FRAMEWORK[(error as Partial<FastifyError> | undefined)?.code ?? ""];
  if (known !== undefined) return new Refused(known[0], known[1], { cause: error });
  return new Refused("internal", "Something failed here.", { cause: error });
}

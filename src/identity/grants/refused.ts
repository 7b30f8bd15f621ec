import { Refused } from "../refused.ts";

/** What a token endpoint may answer (RFC 6749 §5.2, RFC 8707 §2). */
export type GrantError =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_target"
  | "unsupported_grant_type";

/** A request for a token that is not granted. The message is for the operator's log only. */
export class GrantRefused extends Refused {
  readonly code: GrantError;

  constructor(code: GrantError, message: string, cause?: unknown) {
    super("invalid_token", message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}

/** What an OAuth challenge may name (RFC 6750 §3.1, RFC 9449 §5, §7.1, §9). */
export type ChallengeError = "invalid_request" | "invalid_token" | "invalid_dpop_proof" | "use_dpop_nonce";

/**
 * A credential that proves nothing. The message is for the operator's log only: whoever presented it learns no more than
 * the `error`, or they could try out what is wrong with it.
 */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly error: ChallengeError;
  /** What the next proof must hold. */
  readonly nonce: string | undefined;

  constructor(error: ChallengeError, message: string, more: { nonce?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.error = error;
    this.nonce = more.nonce;
  }
}

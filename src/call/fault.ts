/** What can go wrong between a client and a server, and how each is said on the wire. */
export const FAULTS = {
  "malformed-json": { rpc: -32700, http: 400 },
  "invalid-request": { rpc: -32600, http: 400 },
  "unknown-method": { rpc: -32601, http: 404 },
  "invalid-params": { rpc: -32602, http: 400 },
  "header-mismatch": { rpc: -32020, http: 400 },
  "missing-capability": { rpc: -32021, http: 400 },
  "unsupported-version": { rpc: -32022, http: 400 },
  "too-large": { rpc: -32600, http: 413 },
  "wrong-media-type": { rpc: -32600, http: 415 },
  "not-acceptable": { rpc: -32600, http: 406 },
  "wrong-http-method": { rpc: -32600, http: 405 },
  "bad-origin": { rpc: 403, http: 403 },
  "bad-host": { rpc: 403, http: 403 },
  unauthenticated: { rpc: 401, http: 401 },
  "credential-misused": { rpc: 401, http: 400 },
  "insufficient-scope": { rpc: 403, http: 403 },
  "insufficient-sign-in": { rpc: 401, http: 401 },
  "identity-unavailable": { rpc: 503, http: 503 },
  "unknown-address": { rpc: 404, http: 404 },
  "session-missing": { rpc: -32600, http: 400 },
  "session-unknown": { rpc: -32600, http: 404 },
  "too-many": { rpc: 429, http: 429 },
  "shutting-down": { rpc: 503, http: 503 },
  internal: { rpc: -32603, http: 200 },
  "upstream-unreachable": { rpc: 502, http: 200 },
  "upstream-refused": { rpc: 502, http: 200 },
  "upstream-failed": { rpc: 502, http: 200 },
  "upstream-over": { rpc: 502, http: 200 },
  "upstream-timeout": { rpc: 504, http: 200 },
  "upstream-gone": { rpc: 502, http: 200 },
  "upstream-garbled": { rpc: 502, http: 200 },
  "upstream-resting": { rpc: 503, http: 200 },
  "upstream-busy": { rpc: 503, http: 200 },
  cancelled: { rpc: 499, http: 200 },
} as const satisfies Record<string, { readonly rpc: number; readonly http: number }>;

const NO_FIELDS = Object.freeze({});

export type FaultCode = keyof typeof FAULTS;

/**
 * An exchange that cannot go on. `message` is for the peer and holds nothing it may not see;
 * `detail` is for the operator's log only. Codes of ours lie outside −32768…−32000.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly detail: string | undefined;
  /** JSON-RPC `error.data`, where the spec gives it a shape. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /** Fields of the HTTP response that says it. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    code: FaultCode,
    message: string,
    more: {
      readonly detail?: string;
      readonly data?: Readonly<Record<string, unknown>>;
      readonly fields?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.detail = more.detail;
    this.data = more.data;
    this.fields = more.fields ?? NO_FIELDS;
  }
}

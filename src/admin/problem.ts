/**
 * Everything that can be wrong with a request to the API. The one table: from it come the documents that are sent, the
 * pages under `/governance/v1/problems/`, the statuses in the OpenAPI document and the list in docs/API.md.
 */
export const PROBLEMS = {
  "malformed-body": {
    status: 400,
    title: "The body cannot be read",
    mend: "Send one JSON value in UTF-8, with no key twice in an object.",
  },
  "invalid-request": {
    status: 400,
    title: "The request has the wrong shape",
    mend: "Each entry of `errors` names a place of the body (a JSON Pointer), or a parameter, and what should stand there.",
  },
  unauthenticated: {
    status: 401,
    title: "It is not known who asks",
    mend: "Send one credential that the gate takes; `WWW-Authenticate` says which kinds there are.",
  },
  "credential-misused": {
    status: 400,
    title: "The credentials contradict each other",
    mend: "Send one credential, and in a header only.",
  },
  "not-permitted": {
    status: 403,
    title: "This credential is not let do that",
    mend: "`detail` names the permission. docs/IDENTITY.md says which roles have it.",
  },
  "not-granted": {
    status: 403,
    title: "Nobody gives what they lack",
    mend: "`detail` names what is lacking. Somebody who has it can do this; docs/IDENTITY.md says what each role lets do.",
  },
  "not-for-others": {
    status: 403,
    title: "This credential may not ask for somebody else",
    mend: "Leave `principal` out, or use a credential whose role lets it `act_as` others of that tenant: `operator`, `tenant_admin` or `admin`.",
  },
  "not-approver": {
    status: 403,
    title: "This person may not decide that",
    mend: "Those who may are `rules[].approvers` of the approval, or whom they handed it to; never who asks.",
  },
  refused: {
    status: 403,
    title: "Policy refuses the request",
    mend: "`detail` says why. The decision is on record under `decision_id`.",
  },
  held: {
    status: 403,
    title: "People have to approve the request first",
    mend: "When they have, send exactly the same request again; it then passes once.",
  },
  "wrong-host": {
    status: 403,
    title: "The gate does not answer to that Host",
    mend: "List the name under `allowed_hosts`.",
  },
  "wrong-origin": {
    status: 403,
    title: "Web pages of that origin may not use the gate",
    mend: "List the origin under `allowed_origins`.",
  },
  "not-found": {
    status: 404,
    title: "There is nothing here",
    mend: "`GET /governance/v1/openapi.json` describes every route.",
  },
  "wrong-method": {
    status: 405,
    title: "The route does not have that method",
    mend: "`Allow` lists the methods that it has.",
  },
  "wrong-state": {
    status: 409,
    title: "It is not in the state for that",
    mend: "`detail` says how it is.",
  },
  "already-there": {
    status: 409,
    title: "There is one of that name already",
    mend: "Use another name, or change the one that is there.",
  },
  "key-in-use": {
    status: 409,
    title: "The first request with this key has no answer yet",
    mend: "Wait and repeat it. Where its gate ended meanwhile it is not known what came of it: look, then use another key.",
  },
  "already-decided": {
    status: 409,
    title: "It cannot be decided any more, or not again by this person",
    mend: "Read the approval: `state` and `acts` say what happened to it.",
  },
  "changed-meanwhile": {
    status: 412,
    title: "It is not what was looked at",
    mend: "Read it again, look at it, and send the new `ETag` or `preview`.",
  },
  "too-large": {
    status: 413,
    title: "The body is too large",
    mend: "Stay within `limits.body_bytes` and `limits.depth` of the configuration.",
  },
  "wrong-media-type": {
    status: 415,
    title: "The body is not JSON by its Content-Type",
    mend: "Send `Content-Type: application/json`.",
  },
  "key-reused": {
    status: 422,
    title: "This key was used for another request",
    mend: "Use a new `Idempotency-Key` for each request, and the same one only to repeat it.",
  },
  unjudgeable: {
    status: 422,
    title: "The question names nothing that can be judged",
    mend: "`detail` says what is missing or does not fit together.",
  },
  "too-many-keys": {
    status: 429,
    title: "Too many idempotency keys are remembered for this tenant",
    mend: "Repeat it later, or without `Idempotency-Key`.",
  },
  "too-many-attempts": {
    status: 429,
    title: "Too many credentials from this address were not good",
    mend: "Wait as long as `Retry-After` says.",
  },
  internal: {
    status: 500,
    title: "The gate failed",
    mend: "The gate's log has the reason under `request_id`.",
  },
  unrecorded: {
    status: 503,
    title: "The records cannot be reached",
    mend: "Repeat it when `GET /ready` answers 200.",
  },
  "identity-unavailable": {
    status: 503,
    title: "Nobody can say now whether the credential is good",
    mend: "Repeat it when the issuer of the credential can be reached.",
  },
  "shutting-down": { status: 503, title: "The gate is shutting down", mend: "Repeat it." },
} as const satisfies Readonly<Record<string, ProblemKind>>;

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly mend: string;
}

export type ProblemCode = keyof typeof PROBLEMS;

/** One thing that is wrong with what was sent. `pointer` (RFC 6901) leads into the body, or names a parameter. */
export interface ProblemError {
  readonly pointer: string;
  readonly message: string;
  readonly hint?: string;
}

/** What a problem says beside what its kind says. Nothing of it may be what the asker must not know. */
export interface Particulars {
  readonly errors?: readonly ProblemError[];
  readonly decision_id?: string;
  /** Fields of the response: `retry-after`, `allow`, `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** A request that cannot be answered as it was meant. `message` is for the asker. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: ProblemCode;
  readonly particulars: Particulars;

  constructor(code: ProblemCode, detail: string, particulars: Particulars = {}) {
    super(detail, particulars.cause === undefined ? undefined : { cause: particulars.cause });
    this.code = code;
    this.particulars = particulars;
  }
}

/** Where the API is, and what its own pages begin with. */
export const BASE = "/governance/v1";
export const PROBLEM_MEDIA = "application/problem+json";

/** A problem document (RFC 9457). `type` is a page of this gate. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly request_id: string;
  readonly trace_id?: string;
  readonly decision_id?: string;
  readonly errors?: readonly ProblemError[];
  readonly help: string;
}

/** What is known of the request that a problem is about. */
export interface Occasion {
  readonly request_id: string;
  readonly trace_id?: string | undefined;
}

/** The document that says what is wrong. */
export function problemDocument({ code, message, particulars }: Refused, of: Occasion): ProblemDocument {
  const { status, title, mend } = PROBLEMS[code];
  const { errors, decision_id } = particulars;
  return {
    type: `${BASE}/problems/${code}`,
    title,
    status,
    detail: message,
    instance: `urn:portcullis:request:${of.request_id}`,
    code,
    request_id: of.request_id,
    ...(of.trace_id !== undefined && { trace_id: of.trace_id }),
    ...(decision_id !== undefined && { decision_id }),
    ...(errors !== undefined && errors.length > 0 && { errors }),
    help: mend,
  };
}

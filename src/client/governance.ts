import { randomUUID } from "node:crypto";
import type { AccessRequest } from "../admin/access.ts";
import type {
  ApprovalPage,
  ApprovalView,
  Approve,
  Delegate,
  Deny,
  Review,
} from "../admin/approval-shapes.ts";
import type { ProblemDocument } from "../admin/problem.ts";
import type { AuthorizeAnswer, BatchAnswer, Documents, Question, Validated } from "../admin/shapes.ts";
import { ProblemError } from "./problem.ts";

export interface ClientOptions {
  /** Where the gate is: `http://127.0.0.1:8090`, with or without `/governance/v1`. */
  readonly url: string;
  /** Sent with every request, for a credential: `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long an answer may take; 10 seconds if absent. */
  readonly timeout_ms?: number;
  /** What sends requests; the global `fetch` if absent. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Which questions to people. */
export interface ApprovalsWanted {
  readonly state?: "open" | "all";
  readonly principal?: string;
  readonly server?: string;
  readonly target?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * The governance API for programs in Node. Every method rejects with ProblemError where the gate answers a problem, and with what
 * `fetch` rejects with where it cannot be reached: no answer is never an allow.
 */
export interface GovernanceClient {
  /** May somebody do something? The gate's verdict, and what goes with it. */
  authorize(question: Question): Promise<AuthorizeAnswer>;
  /** The same as yes or no; a hold is a no. */
  allows(question: Question): Promise<boolean>;
  /** Up to 100 questions; each has an answer or a problem in its place. */
  authorizeAll(questions: readonly Question[]): Promise<BatchAnswer["items"]>;
  /** What is wrong with documents, without using them. */
  validate(documents: Documents): Promise<Validated>;
  /** One page; `next` is the cursor of the page after. */
  approvals(wanted?: ApprovalsWanted): Promise<ApprovalPage>;
  approval(id: string): Promise<ApprovalView>;
  approve(id: string, decision?: Approve): Promise<ApprovalView>;
  deny(id: string, decision?: Deny): Promise<ApprovalView>;
  delegate(id: string, decision: Delegate): Promise<ApprovalView>;
  /** Says that what was taken in an emergency has been looked at. */
  review(id: string, decision?: Review): Promise<ApprovalView>;
  /** Asks for access for a time, or takes it in an emergency. */
  requestAccess(wanted: AccessRequest): Promise<ApprovalView>;
}

const ROOT = "/governance/v1";

/** The address of the API, however much of it was given. */
function rootOf(url: string): string {
  const plain = url.replace(/\/+$/, "");
  return plain.endsWith(ROOT) ? plain : `${plain}${ROOT}`;
}

async function answerOf<T>(response: Response): Promise<T> {
  const type = response.headers.get("content-type") ?? "";
  if (response.ok && type.startsWith("application/json")) return (await response.json()) as T;
  if (type.startsWith("application/problem+json"))
    throw new ProblemError(response.status, (await response.json()) as ProblemDocument);
  await response.body?.cancel();
  throw new TypeError(`${response.url} answered ${response.status} ${type}, which is no answer of this API`);
}

/** A client of the gate at an address. Decisions of people are sent with a key, so that a repeated one is done once. */
export function governanceClient(options: ClientOptions): GovernanceClient {
  const { headers = {}, timeout_ms = 10_000, fetch = globalThis.fetch } = options;
  const root = rootOf(options.url);
  const get = async <T>(path: string): Promise<T> =>
    answerOf<T>(await fetch(`${root}${path}`, { headers, signal: AbortSignal.timeout(timeout_ms) }));
  const post = async <T>(path: string, body: object, key?: string): Promise<T> =>
    answerOf<T>(
      await fetch(`${root}${path}`, {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          ...(key !== undefined && { "idempotency-key": key }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeout_ms),
      }),
    );
  const decide = (id: string, act: string, decision: object): Promise<ApprovalView> =>
    post(`/approvals/${encodeURIComponent(id)}/${act}`, decision, randomUUID());
  const authorize = (question: Question): Promise<AuthorizeAnswer> => post("/authorize", question);

  return {
    authorize,
    allows: async (question) => Object.is((await authorize(question)).allowed, true),
    authorizeAll: async (questions) =>
      (await post<BatchAnswer>("/authorize/batch", { items: questions })).items,
    validate: (documents) => post("/validate", documents),
    approvals(wanted = {}) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(wanted)) query.set(name, String(value));
      return get(`/approvals${query.size === 0 ? "" : `?${query.toString()}`}`);
    },
    approval: (id) => get(`/approvals/${encodeURIComponent(id)}`),
    approve: (id, decision = {}) => decide(id, "approve", decision),
    deny: (id, decision = {}) => decide(id, "deny", decision),
    delegate: (id, decision) => decide(id, "delegate", decision),
    review: (id, decision = {}) => decide(id, "review", decision),
    requestAccess: (wanted) => post("/access-requests", wanted, randomUUID()),
  };
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Decided, Desk } from "../../approval/desk.ts";
import type { Links, Linked } from "../../approval/link.ts";
import { previewOf } from "../../approval/preview.ts";
import { Fault, FAULTS } from "../../call/fault.ts";
import type { Instant } from "../../call/id.ts";
import { digest, isObject, type JsonObject } from "../../call/json.ts";
import { may } from "../../call/permission.ts";
import type { Principal } from "../../call/principal.ts";
import { checkOrigin, type Door } from "../../ingress/guard.ts";
import type { Actor, Approval } from "../../store/approvals.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Arrival } from "../../ingress/beside.ts";
import { decodeValue, DEFAULT_BOUNDS } from "../../wire/frame.ts";
import { checkForm, formOf, urlOf } from "./form.ts";
import { saying } from "./layout.ts";
import { namesOf, otherWays, questionPage, type Viewer } from "./question.ts";
import { type Reply, send } from "./reply.ts";

/** What the pages stand on. */
export interface PageParts {
  readonly desk: Desk;
  /** Undefined where this gate has no secret to sign with. */
  readonly links: () => Links | undefined;
  readonly door: Door;
  readonly now: () => Instant;
  /** Hears of what nobody foresaw. */
  readonly log: Pick<Log, "error">;
  /** Whether a credential says who somebody is; without, they say it themselves. */
  readonly authenticated: boolean;
  /** Whether people can sign in with their browser. */
  readonly signs_in?: boolean;
}

/** A request for a page. */
export interface PageArrival extends Arrival {
  /** Of a browser in which somebody signed in: what its forms must hold, and whether one does. */
  readonly form?: { readonly token: () => string; readonly isForm: (token: string | null) => boolean };
}

const MOST_BYTES = 256 * 1024;
const MOST_REASON = 1_000;
const HISTORY = 10;
const PATH = /^\/a\/([A-Za-z0-9_-]{1,64})$/;

const GONE: Reply = {
  status: 404,
  body: saying(
    "There is nothing here",
    "The link is too old, or is not whole. Open it again as it was sent to you, or ask for a new one.",
  ),
};

/** Who looks: by the link alone, or by a credential of the same tenant as well. */
async function viewer(
  { authenticated }: PageParts,
  linked: Linked,
  signature: string,
  arrival: PageArrival,
): Promise<{ readonly viewer: Viewer; readonly principal: Principal | undefined } | undefined> {
  const may_decide = linked.purpose === "decide";
  if (!authenticated) return { viewer: { name: undefined, may_decide, signature }, principal: undefined };
  const principal = await arrival.identify();
  if (principal.tenant !== linked.tenant || !may(principal, "ask", linked.tenant)) return undefined;
  const token = principal.source === "session" ? arrival.form?.token() : undefined;
  return { viewer: { name: principal.id, may_decide: true, signature, token }, principal };
}

/** The approver that a form names, or the credential does. */
function actor(
  principal: Principal | undefined,
  approval: Approval,
  form: URLSearchParams,
): Actor | undefined {
  if (principal !== undefined) {
    const { id, roles, source, made_by } = principal;
    return { id, roles, source, ...(made_by && { made_by }) };
  }
  const id = form.get("approver") ?? "";
  return namesOf(approval).includes(id) ? { id, roles: [], source: "asserted" } : undefined;
}

/** The arguments that a form gives in place of those that were asked about; undefined where they are the same. */
function otherArgs(text: string | null, { question }: Approval): JsonObject | undefined {
  if (text === null || !question.shown.whole) return undefined;
  const { value: args, inexact } = decodeValue(Buffer.from(text), DEFAULT_BOUNDS);
  if (!isObject(args) || inexact.length > 0) throw new SyntaxError("not an object of exact values");
  return digest(args) === digest(question.shown.args) ? undefined : args;
}

/** Does what a form says; a text where that cannot be read. */
async function decided(
  { desk }: PageParts,
  { tenant, id }: Linked,
  approval: Approval,
  form: URLSearchParams,
  principal: Principal | undefined,
): Promise<Decided | string> {
  const by = actor(principal, approval, form);
  if (by === undefined) return "Choose who you are.";
  const reason = (form.get("reason") ?? "").toWellFormed().replaceAll("\0", "");
  if (reason.length > MOST_REASON)
    return `A reason may have ${MOST_REASON} characters; this one has ${reason.length}.`;
  const decision = form.get("decision");
  if (decision === "deny" || decision === "review")
    return await desk.decide(tenant, id, by, { kind: decision }, reason);
  if (decision !== "approve") return "Press Approve or Deny.";
  const { digest: preview } = previewOf(approval.question);
  if (form.get("preview") !== preview) return "This is not what the page showed. Look at it again.";
  let args: JsonObject | undefined;
  try {
    args = otherArgs(form.get("args"), approval);
  } catch {
    return "The arguments are no JSON object, or hold a number that would be rounded. Correct them, or write them as they were.";
  }
  if (args === undefined) return await desk.decide(tenant, id, by, { kind: "approve", preview }, reason);
  return await desk.change(tenant, id, by, args, reason);
}

/** The pages of questions, below `/a/`, on somebody else's listeners. Never rejects. */
export function pageDoor(
  parts: PageParts,
): (request: IncomingMessage, response: ServerResponse, arrival: PageArrival) => Promise<void> {
  const { desk, door, now, log } = parts;
  const read = async (id: string, signature: string): Promise<Linked | undefined> =>
    parts.links()?.read(id, signature, now());

  async function show(linked: Linked, seen: Viewer, wrong?: { why: string; typed: Record<string, string> }) {
    const approval = await desk.get(linked.tenant, linked.id);
    if (approval === undefined) return GONE;
    const { principal, shown, id } = approval.question;
    const { server, target } = shown;
    const history = await desk.list(linked.tenant, { principal, server, target, before: id, limit: HISTORY });
    const around = { now: now(), history, ...(wrong !== undefined && { wrong }) };
    return { status: wrong === undefined ? 200 : 409, body: questionPage(approval, seen, around) };
  }

  async function submit(request: IncomingMessage, id: string, arrival: PageArrival): Promise<Reply> {
    const form = await formOf(request, MOST_BYTES);
    const signature = form.get("k") ?? "";
    const linked = await read(id, signature);
    const seen = linked && (await viewer(parts, linked, signature, arrival));
    const approval = linked && (await desk.get(linked.tenant, linked.id));
    if (linked === undefined || seen === undefined || approval === undefined || !seen.viewer.may_decide)
      return GONE;
    // A cookie goes along with whoever's form; only the page's own holds this.
    if (seen.principal?.source === "session" && arrival.form?.isForm(form.get("token")) !== true)
      throw new Fault("bad-origin", "Only the page itself may send this form. Open it again.");
    const came = await decided(parts, linked, approval, form, seen.principal);
    if (typeof came !== "string" && came.kind === "done") {
      const { changed, approval: after } = came;
      const there = changed && parts.links()?.pathOf({ ...linked, id: changed }, after.question.expires);
      const location = (await there) ?? `/a/${linked.id}?k=${encodeURIComponent(signature)}`;
      return { status: 303, body: saying("Done", "Your decision is on record."), location };
    }
    if (typeof came !== "string" && came.kind === "not-found") return GONE;
    const typed = Object.fromEntries([...form].filter(([name]) => name === "args" || name === "reason"));
    return await show(linked, seen.viewer, { why: typeof came === "string" ? came : came.why, typed });
  }

  async function answer(request: IncomingMessage, arrival: PageArrival): Promise<Reply> {
    checkOrigin(request, door);
    if (arrival.draining) throw new Fault("shutting-down", "This gate is shutting down.");
    const id = idIn(request);
    if (id === undefined) return GONE;
    if (request.method === "POST") {
      checkForm(request);
      return await submit(request, id, arrival);
    }
    if (request.method !== "GET") throw new Fault("wrong-http-method", "This page has GET and POST.");
    const signature = urlOf(request).searchParams.get("k") ?? "";
    const linked = await read(id, signature);
    const seen = linked && (await viewer(parts, linked, signature, arrival));
    return linked === undefined || seen === undefined ? GONE : await show(linked, seen.viewer);
  }

  return async (request, response, arrival) => {
    let reply: Reply;
    try {
      reply = await answer(request, arrival);
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault("internal", "Something failed here.");
      if (fault.code === "internal") log.error({ err: error }, "a page could not be shown");
      const { http } = FAULTS[fault.code];
      // Who asks for a credential has read the link, so its id is that of a question.
      const body =
        fault.code === "unauthenticated"
          ? otherWays(idIn(request) ?? "ID", parts.signs_in === true ? signInAt(request) : undefined)
          : saying("That did not work", fault.message);
      reply = { status: http === 200 ? 500 : http, body, fields: fault.fields };
    }
    send(response, reply);
  };
}

/** Where somebody signs in who then comes back to this page. */
function signInAt(request: IncomingMessage): string {
  const { pathname, search } = urlOf(request);
  return request.method === "GET" ? `/signin?to=${encodeURIComponent(`${pathname}${search}`)}` : "/signin";
}

/** The id of the question that a path names. */
function idIn(request: IncomingMessage): string | undefined {
  return PATH.exec(urlOf(request).pathname)?.[1];
}

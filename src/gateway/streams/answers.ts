import { keptFindings } from "../../audit/found.ts";
import type { Call } from "../../call/call.ts";
import { type Json, type JsonObject, member } from "../../call/json.ts";
import type { Deny, Edit, Finding } from "../../call/verdict.ts";
import { fold } from "../../pipeline/fold.ts";
import type { Step } from "../../pipeline/stage.ts";
import { ANSWERS } from "../../wire/arguments.ts";
import { type Frame, frameOf, type Message, type RequestId } from "../../wire/frame.ts";
import { asOf } from "../as-of.ts";
import { editFrame, rewriteCall, streamCall } from "../call.ts";
import type { Conversation } from "../conversation.ts";
import type { Gate } from "../gate.ts";

/** A question of a server that a legacy client was shown. */
export interface Shown {
  readonly server: string;
  readonly method: string;
  /** In the middle of which it was asked, or what stands for the stream that it came on. */
  readonly call: Call;
}

/** Questions of one client that are remembered; the oldest is forgotten beyond this. */
const SHOWN_MOST = 1_024;

/** Remembers what a client is asked, so that its answer is known for what it is. */
export function showing({ shown }: Conversation, id: RequestId, question: Shown): void {
  shown.delete(id);
  shown.set(id, question);
  const [oldest] = shown.size > SHOWN_MOST ? shown.keys() : [];
  if (oldest !== undefined) shown.delete(oldest);
}

/** What stages made of answers in the middle of a call. */
interface Heard {
  readonly findings: readonly Finding[];
  readonly trail: readonly Step[];
}
const NOTHING: Heard = Object.freeze({ findings: [], trail: [] });
/** Answers of one call that are on record. */
const HEARD_MOST = 16;
/** By the call; it is forgotten with it. */
const heard = new WeakMap<Call, readonly Heard[]>();

/** What stages made of the answers that a client gave in the middle of a call, for the record. */
export function heardIn(call: Call): Heard {
  const all = heard.get(call);
  if (all === undefined) return NOTHING;
  return {
    findings: all.flatMap(({ findings }) => findings),
    trail: all.flatMap(({ trail }) => trail),
  };
}

/** The same as a record keeps it. */
export function answeredIn(call: Call): JsonObject {
  const { findings, trail } = heardIn(call);
  return trail.length === 0 ? {} : ({ trail, ...keptFindings(findings) } as unknown as JsonObject);
}

/** The code of a server's request that no client answers. */
const WITHHELD = 403;

/** What a server hears whose question is not answered: as from a user who closed it where there is a word for that. */
export function unanswered(id: RequestId, isForUser: boolean): Frame {
  return isForUser
    ? frameOf({ kind: "result", id, result: { action: "cancel" } })
    : frameOf({ kind: "error", id, code: WITHHELD, message: "The request was not passed on." });
}

/** A retry that was refused for what it answers will not come: what waits for it at its server is called off. */
export function forsaken(
  { legs }: Conversation,
  { answers, server }: Call,
  { rule }: Deny,
  frame: Frame,
): void {
  if (answers === undefined || rule.source !== "guard") return;
  void legs.get(server)?.then(
    (leg) => leg.forsake?.(frame),
    () => undefined,
  );
}

type Response = Extract<Message, { readonly kind: "result" | "error" }>;

/** The one answer of a response, as stages see answers. */
const KEY = "answer";

function saidIn(message: Response): Json {
  if (message.kind === "result") return message.result;
  const { message: words, data } = message;
  return data === undefined ? { message: words } : { message: words, data };
}

/** The answer as a call of its own, shown to stages as answers that ride in a request. */
function asCall(gate: Gate, conversation: Conversation, server: string, of: Shown | undefined): Call {
  const own = { ...streamCall(gate, conversation, server), method: of?.method ?? "response" };
  return of === undefined ? own : { ...own, during: of.call };
}

/** Places in an answer, and not in a request. */
function within(edits: readonly Edit[]): readonly Edit[] {
  return edits.map((edit) => ({ ...edit, path: edit.path.slice(2) }));
}

function placed(findings: readonly Finding[]): readonly Finding[] {
  const root = `/${ANSWERS}/${KEY}`;
  return findings.map((each) =>
    each.path?.startsWith(root) === true ? { ...each, path: `answer:${each.path.slice(root.length)}` } : each,
  );
}

function note(
  of: Shown,
  findings: readonly Finding[],
  trail: readonly Step[],
  why: string | undefined,
): void {
  const steps = trail.map(
    (step): Step => ({
      ...step,
      ...(why !== undefined && { why }),
      detail: { ...step.detail, answered: of.method },
    }),
  );
  const before = heard.get(of.call) ?? [];
  if (before.length < HEARD_MOST)
    heard.set(of.call, [...before, { findings: placed(findings), trail: steps }]);
}

/**
 * A client's response to a server's request, as the server may have it: with masks, plain values where the server may have them, or, where
 * something in it blocks, as a question that was closed. What is not a response stays what it is.
 */
export async function asHeard(root: Gate, conversation: Conversation, frame: Frame): Promise<Frame> {
  const { message } = frame;
  if ((message.kind !== "result" && message.kind !== "error") || message.id === null) return frame;
  const of = conversation.shown.get(message.id);
  conversation.shown.delete(message.id);
  const gate = asOf(root, conversation.principal);
  // What was asked may be forgotten sooner than who asked, who gets the answer.
  const server = of?.server ?? conversation.asked.get(message.id)?.server ?? conversation.address.name;
  // At an address of several servers a response that nobody asked for goes to none of them.
  if (gate.order.answers.before.length === 0 || server === "") return frame;
  const said = saidIn(message);
  const call: Call = { ...asCall(gate, conversation, server, of), answers: { [KEY]: said } };
  const seen = await fold(call, gate.order.answers.before, rewriteCall, gate.ticks);
  if (of !== undefined) note(of, seen.findings, seen.trail, seen.stopped?.why);
  if (gate.mode === "observe") return frame;
  const withheld = seen.stopped !== undefined || seen.edits.flat().some(({ path }) => path.length === 2);
  if (withheld) {
    gate.log.info(
      { server, call: of?.call.id, method: of?.method, rule: seen.stopped?.rule.rule },
      "an answer of a client was not given to the server that asked",
    );
    return unanswered(message.id, typeof member(said, "action") === "string");
  }
  const plain = await gate.reveal(seen.value);
  return editFrame(frame, message.kind, [...seen.edits, plain].map(within));
}

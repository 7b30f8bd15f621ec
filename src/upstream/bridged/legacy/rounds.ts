import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../../call/json.ts";
import { isAgreed, requiredBy } from "../../../wire/bridge/questions.ts";
import { resultTypeOf } from "../../../wire/bridge/result-to-legacy.ts";
import { again, ROUNDS } from "../../../wire/bridge/to-modern.ts";
import { type Frame, frameOf } from "../../../wire/frame.ts";
import { cancelled, garbled } from "../../failure.ts";
import type { Ending, Listener } from "../../leg.ts";
import type { Questions } from "./questions.ts";
import { neverSatisfied } from "./refusals.ts";

/** How often a server may ask before it answers; what the SDK's clients allow too. */
const ROUNDS_MOST = 8;
/** Before a request is sent again that the server only put off. */
const PUT_OFF_MS = 250;

type Answered = Extract<Ending, { kind: "answer" }>;

/** One request of a legacy client, as the server gets it. */
export interface Asked {
  readonly server: string;
  readonly frame: Frame;
  readonly method: string;
  /** What the client declared: nothing else may be asked of it. */
  readonly capabilities: JsonObject;
  readonly questions: Questions;
  readonly listener: Listener;
  readonly signal: AbortSignal;
  /** Whether the client knows `notifications/elicitation/complete` (2025-11-25). */
  readonly completes: boolean;
}

/**
 * Sends a request as often as its server needs (SEP-2322): each question becomes a request to the client, each answer goes
 * back with the next try. Gives the answer that is not a question. Rejects with a Fault where the rounds do not end, what
 * the server asks cannot be asked, or the client does not answer; `send` rejects as a leg does.
 */
export async function untilAnswered(
  asked: Asked,
  send: (frame: Frame) => Promise<Answered>,
): Promise<Answered> {
  const { server, frame, method, questions, listener, signal } = asked;
  const elicitations = new Map<string, string>();
  const agreed = new Set<string>();
  const elicitation = (url: string): string => {
    const id = elicitations.get(url) ?? randomUUID();
    elicitations.set(url, id);
    return id;
  };
  let sent = frame;
  for (let round = 0; ; round += 1) {
    const ending = await send(sent);
    const { message } = ending.frame;
    const type = message.kind === "result" ? resultTypeOf(message.result) : "complete";
    if (type === "complete") {
      if (asked.completes && message.kind === "result") await complete(agreed, listener);
      return ending;
    }
    if (type !== "input_required" || !ROUNDS.has(method)) throw garbled(server, unknownType(type));
    if (round === ROUNDS_MOST) throw neverSatisfied(server, ROUNDS_MOST);
    const required = requiredBy(ending.frame, asked.capabilities);
    if (required.kind === "unfit") throw garbled(server, `input_required: ${required.why}`);
    const any = required.questions.length > 0;
    if (!any) await pause(server, signal);
    const answers = any
      ? await questions.ask({ questions: required.questions, listener, signal, elicitation })
      : undefined;
    for (const { key, url } of required.questions)
      if (url !== undefined && isAgreed(answers?.get(key))) agreed.add(elicitation(url));
    sent = again(frame, `portcullis:${randomUUID()}`, answers, required.state);
  }
}

function unknownType(type: unknown): string {
  return `a result of type ${JSON.stringify(type).slice(0, 60)}, which has no form that this client knows`;
}

async function pause(server: string, signal: AbortSignal): Promise<void> {
  try {
    await delay(PUT_OFF_MS, undefined, { signal });
  } catch {
    throw cancelled(server);
  }
}

/** A legacy client that sent a person to a page waits for word that they are done there. */
async function complete(ids: Iterable<string>, listener: Listener): Promise<void> {
  for (const elicitationId of ids) {
    const params = { elicitationId };
    await listener({
      frame: frameOf({ kind: "notification", method: "notifications/elicitation/complete", params }),
    });
  }
}

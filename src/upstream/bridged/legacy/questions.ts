import { randomBytes } from "node:crypto";
import { answerIn, asRequest, calledOff, type Question } from "../../../wire/bridge/questions.ts";
import { type Frame, frameOf, type RequestId } from "../../../wire/frame.ts";
import { cancelled } from "../../failure.ts";
import type { Listener } from "../../leg.ts";
import { tooManyQuestions, tooMuchSaid, unanswered } from "./refusals.ts";

/** How long a person has to answer. */
const ANSWER_MS = 600_000;
/** Questions of one client that wait for their answers. */
const OPEN_MOST = 256;
/** All answers of one round together: they go back in one message. */
const ANSWERS_BYTES = 4 * 1024 * 1024;

/** One round of a server's questions, and where they go. */
interface Round {
  readonly questions: readonly Question[];
  readonly listener: Listener;
  /** Ends the wait: nobody wants the answers any more. */
  readonly signal: AbortSignal;
  /** The `elicitationId` of an elicitation in URL mode; the same place keeps its own. */
  readonly elicitation: (url: string) => string;
}

/** The questions that one legacy client has yet to answer. */
export interface Questions {
  /**
   * Asks all of a round at once; the answers under their keys, as the client wrote them. Rejects with a Fault where one
   * stays without an answer that a server can be given, and takes the others back.
   */
  ask(round: Round): Promise<ReadonlyMap<string, Buffer>>;
  /** A response of the client. False where nobody waits for it. */
  answer(frame: Frame, id: RequestId | null): boolean;
}

/** Who waits for which answer. */
type Open = Map<RequestId, (answer: Frame) => void>;
type Heard = Frame | "late";

export function questions(server: string): Questions {
  const open: Open = new Map();

  async function put(question: Question, round: Round, signal: AbortSignal): Promise<Buffer> {
    if (open.size >= OPEN_MOST) throw tooManyQuestions(server, OPEN_MOST);
    // Nobody else can have guessed it, so whoever answers was asked.
    const id = `portcullis:${randomBytes(16).toString("base64url")}`;
    const elicitation_id = question.url === undefined ? "" : round.elicitation(question.url);
    const said = await wait(
      open,
      server,
      id,
      asRequest(question, id, elicitation_id),
      round.listener,
      signal,
    );
    if (said !== "late" && said.message.kind === "result") return answerIn(said);
    const off = calledOff(question);
    if (off !== undefined) return off;
    const how = said === "late" ? `no answer in ${ANSWER_MS / 60_000} minutes` : refusalIn(said);
    throw unanswered(server, question.method, how);
  }

  return {
    async ask(round) {
      const failed = new AbortController();
      const signal = AbortSignal.any([round.signal, failed.signal]);
      try {
        const answers = new Map(
          await Promise.all(
            round.questions.map(
              async (question) => [question.key, await put(question, round, signal)] as const,
            ),
          ),
        );
        let bytes = 0;
        for (const one of answers.values()) bytes += one.length;
        if (bytes > ANSWERS_BYTES) throw tooMuchSaid(server, ANSWERS_BYTES);
        return answers;
      } finally {
        failed.abort();
      }
    },
    answer(frame, id) {
      const waiting = id === null ? undefined : open.get(id);
      waiting?.(frame);
      return waiting !== undefined;
    },
  };
}

/** Puts a question and waits for its answer; whoever stops waiting takes the question back. */
function wait(
  open: Open,
  server: string,
  id: string,
  request: Frame,
  listener: Listener,
  signal: AbortSignal,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled(server));
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      open.delete(id);
    };
    const withdraw = (): void => {
      done();
      const params = { requestId: id, reason: "the answer is not needed any more" };
      // A client that is gone takes nothing back.
      void listener({
        frame: frameOf({ kind: "notification", method: "notifications/cancelled", params }),
      });
    };
    const aborted = (): void => {
      withdraw();
      reject(cancelled(server));
    };
    const timer = setTimeout(() => {
      withdraw();
      resolve("late");
    }, ANSWER_MS);
    signal.addEventListener("abort", aborted, { once: true });
    open.set(id, (frame) => {
      done();
      resolve(frame);
    });
    void listener({ frame: request });
  });
}

function refusalIn({ message }: Frame): string {
  return message.kind === "error" ? `it answered with error ${message.code}` : "it gave no answer";
}

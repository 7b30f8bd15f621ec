import { Fault } from "../../../call/fault.ts";
import type { Json } from "../../../call/json.ts";
import { inputRequired, isAnswerable, isUnmet } from "../../../wire/bridge/inputs.ts";
import { answerToModern } from "../../../wire/bridge/result-to-modern.ts";
import { requestToLegacy } from "../../../wire/bridge/to-legacy.ts";
import { type Frame, frameOf, type RequestId } from "../../../wire/frame.ts";
import { cancelled, stopped } from "../../failure.ts";
import type { Beat, Ending, WireHeaders } from "../../leg.ts";
import { isHeard } from "../levels.ts";
import { asked } from "./asked.ts";
import type { Lot } from "./lot.ts";
import { missingCapability, notAccepted, PAGES_NEED } from "./pages.ts";
import { askToTheEnd } from "./resume.ts";
import { heardBy, reply } from "./route.ts";
import type { Session } from "./session.ts";
import { type Request, type Waiter, waiterOf } from "./waiter.ts";

/** Questions that come together are asked together. */
const COLLECT_MS = 10;
const ROUNDS_MOST = 8;
/** What may be kept of an answer that comes while nobody waits for it. */
const KEPT_BYTES = 256 * 1024;

/** Words that complete "The server … ". */
const ALONE = "waited for an answer that its client never brought";
const INSISTENT = `asked its client more than ${ROUNDS_MOST} times`;
const CROWDED = "asked its client something while too many of its calls wait for answers already";
const TOO_LATE = "sent a large answer while its client was away";
const TOO_MUCH = "sent its client to pages in more words than can be kept";

/**
 * A request that the server works on, and the client's requests, one after the other, that wait for its end: each that
 * ends with a question leaves it waiting for the next.
 */
export class Pursuit {
  readonly method: string;
  /** Its id in the session, and its progress token there. */
  wire_id: RequestId;
  readonly #session: Session;
  readonly #lot: Lot<Pursuit>;
  /** What its states are bound to. */
  readonly #about: string;
  readonly #asked = asked();
  #waiter: Waiter | undefined;
  #abort = new AbortController();
  #outcome: Frame | Fault | undefined;
  /** The error with which the server sent a person to a page: it is asked anew when they have been there. */
  #error: Frame | undefined;
  #collecting: NodeJS.Timeout | undefined;
  #rounds = 0;

  constructor(session: Session, method: string, lot: Lot<Pursuit>, about: string) {
    this.#session = session;
    this.method = method;
    this.#lot = lot;
    this.#about = about;
    this.wire_id = session.newId();
  }

  /** Whether the server waits for an answer of the client. */
  get asks(): boolean {
    return this.#asked.size > 0;
  }

  /** Asks the server, and waits for the end or its first question. Rejects as `Leg.ask` does. */
  begin(request: Request): Promise<Ending> {
    const ending = this.#attend(request);
    this.#send(request.frame, request.headers);
    return ending;
  }

  /** Whether what a retry answers are answers to what was asked. What it does not answer is asked again. */
  fits(retry: Frame): boolean {
    return this.#asked.fits(retry);
  }

  /** Hands on a client's answers, and waits again. Rejects as `Leg.ask` does. */
  goOn(retry: Request): Promise<Ending> {
    const ending = this.#attend(retry);
    const { responses, declined } = this.#asked.take(retry.frame);
    for (const frame of responses) this.#respond(frame);
    if (this.#error !== undefined && declined) this.#finish(notAccepted(this.method, this.#error));
    else if (this.#outcome !== undefined) this.#deliver(this.#outcome);
    else if (this.#asked.size > 0) this.#collect();
    else if (this.#error !== undefined) this.#again(retry);
    return ending;
  }

  /** Progress, under the token of whoever waits now. */
  progress(frame: Frame): void | Promise<void> {
    const token = this.#waiter?.token;
    if (token === undefined) return undefined;
    return this.#waiter?.put({
      frame: frame.edit([{ kind: "set", path: ["params", "progressToken"], to: token }]),
    });
  }

  /** A log message, for whoever asked for messages of that level. */
  logged(frame: Frame, level: Json | undefined): void | Promise<void> {
    return isHeard(this.#waiter?.level, level) ? this.#waiter?.put({ frame }) : undefined;
  }

  /** Anything else the server says on the way. Nobody hears what is said while nobody waits. */
  say(beat: Beat): void | Promise<void> {
    return this.#waiter?.put(beat);
  }

  /** A question of the server; false where too much is asked already. */
  ask(frame: Frame, id: RequestId): boolean {
    const taken = this.#asked.add(frame, id);
    if (taken) this.#collect();
    return taken;
  }

  /** The server takes the question of that id back. */
  withdraw(id: Json | undefined): void {
    this.#asked.withdraw(id);
  }

  /** Nobody came back in time. */
  expire(): void {
    this.#giveUp(stopped(this.#session.leg.server, ALONE));
  }

  /** Its client came back with what may not be handed on. */
  forsake(): void {
    this.#giveUp(cancelled(this.#session.leg.server));
  }

  /** Tells the server that nobody waits any more; settles when it has heard. */
  async cancel(): Promise<void> {
    if (this.#outcome !== undefined || this.#error !== undefined) return;
    const params = { requestId: this.wire_id, reason: "the gate is closing" };
    const frame = frameOf({ kind: "notification", method: "notifications/cancelled", params });
    await this.#session.leg.tell(frame, {}).catch(() => undefined);
  }

  #attend(request: Request): Promise<Ending> {
    const { leg, boxes } = this.#session;
    // Who has a stream of its own holds nobody else up.
    const waiter = waiterOf(leg.server, request, leg.separate === true ? undefined : boxes, () => {
      if (this.#waiter === waiter) this.#giveUp(cancelled(leg.server));
    });
    this.#waiter = waiter;
    return waiter.ending;
  }

  #send(frame: Frame, headers: WireHeaders): void {
    const { leg, pursuits } = this.#session;
    pursuits.add(this);
    const sent = requestToLegacy(frame, this.wire_id);
    askToTheEnd(leg, sent, headers, heardBy(this.#session, this), this.#abort.signal).then(
      (ending) => this.#ended(ending.frame),
      (error: unknown) => this.#ended(faultOf(error)),
    );
  }

  #again({ frame, headers }: Request): void {
    this.#error = undefined;
    this.wire_id = this.#session.newId();
    this.#send(frame, headers);
  }

  /** The server ended it, or went away; what it asked and nobody answered is not asked any more. */
  #ended(how: Frame | Fault): void {
    this.#session.pursuits.delete(this);
    if (this.#outcome !== undefined) return;
    this.#asked.callOff();
    if (how instanceof Fault || !this.#asked.addPages(how.message)) return this.#finish(how);
    if (how.bytes.length > KEPT_BYTES) {
      this.#asked.callOff();
      return this.#finish(stopped(this.#session.leg.server, TOO_MUCH));
    }
    if (!isAnswerable(this.method) || isUnmet(PAGES_NEED, this.#session.hello.capabilities)) {
      this.#asked.callOff();
      return this.#finish(missingCapability());
    }
    this.#error = how;
    this.#collect();
  }

  #finish(how: Frame | Fault): void {
    const { server } = this.#session.leg;
    const large = this.#waiter === undefined && !(how instanceof Fault) && how.bytes.length > KEPT_BYTES;
    this.#outcome = large ? stopped(server, TOO_LATE) : how;
    this.#deliver(this.#outcome);
  }

  /** Where nobody waits now, whoever comes back gets it. */
  #deliver(how: Frame | Fault): void {
    const waiter = this.#waiter;
    clearTimeout(this.#collecting);
    this.#collecting = undefined;
    if (waiter === undefined) return;
    this.#waiter = undefined;
    this.#lot.leave(this);
    if (how instanceof Fault) return waiter.fail(how);
    waiter.answer(answerToModern(this.method, how, waiter.id, this.#session.server_info));
  }

  /** The server is told to stop, and that its questions get no answer. */
  #giveUp(why: Fault): void {
    this.#lot.leave(this);
    if (this.#outcome !== undefined) return;
    this.#session.abandoned_ms = performance.now();
    this.#abort.abort();
    for (const frame of this.#asked.callOff()) reply(this.#session, frame);
    this.#finish(why);
  }

  /** An answer of the client. A server that does not take it will never end the request. */
  #respond(frame: Frame): void {
    this.#session.leg.tell(frame, {}).catch((error: unknown) => {
      this.#giveUp(faultOf(error));
    });
  }

  #collect(): void {
    if (this.#waiter === undefined) return;
    this.#collecting ??= setTimeout(() => this.#askClient(), COLLECT_MS);
  }

  /** Ends the client's request with what the server wants to know; the next one goes on from there. */
  #askClient(): void {
    this.#collecting = undefined;
    const waiter = this.#waiter;
    if (waiter === undefined || this.#asked.size === 0) return;
    this.#rounds += 1;
    if (this.#rounds > ROUNDS_MOST) return this.#giveUp(stopped(this.#session.leg.server, INSISTENT));
    const state = this.#lot.park(this, this.#about);
    if (state === undefined) return this.#giveUp(stopped(this.#session.leg.server, CROWDED));
    this.#waiter = undefined;
    waiter.answer(inputRequired(waiter.id, this.#asked.inputs, state, this.#session.server_info));
  }
}

function faultOf(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
}

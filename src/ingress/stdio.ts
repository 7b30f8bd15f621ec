import { addAbortSignal, type Readable, type Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Address } from "../gateway/addresses/address.ts";
import { type Conversation, converse, part } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame, notify, receive } from "../gateway/receive.ts";
import type { Beat } from "../upstream/leg.ts";
import { toLine } from "../upstream/text.ts";
import { classify } from "../wire/era.ts";
import { decode, decodeBatch, type Frame } from "../wire/frame.ts";
import { lineSplitter } from "../wire/lines.ts";
import { follow } from "./follow.ts";
import { receiveWhole } from "./whole.ts";

/** A process that this door stands in front of for as long as both last. */
interface Behind {
  /** Fires when it has ended. */
  readonly ended: AbortSignal;
  /** Ends its input. */
  readonly hangUp: () => void;
}

export interface StdioParts {
  readonly gate: Gate;
  readonly address: Address;
  readonly principal: Principal;
  readonly input: Readable;
  /** Carries the protocol and nothing else. */
  readonly output: Writable;
  /** Heard from the start, told when the client's input ends, and the pipe's end when it ends. */
  readonly behind?: Behind;
}

const NO_HEADERS = {};
const PIPE = `stdio-${process.pid}`;
/** After each of these nothing holds a writer up: a pipe that broke takes everything and keeps nothing. */
const ROOM = ["drain", "close", "error"];
/** The server's input ends when all is answered, at the latest so long after the client's; then it has as long to end. */
const HANG_UP_MS = 1000;
const GRACE_MS = 2000;

/** One client on a pipe. Resolves once its input ended and what was under way is answered, or had its time. */
export async function stdioDoor(parts: StdioParts): Promise<void> {
  const { gate, input, output, behind } = parts;
  const gone = new AbortController();
  // Who no longer reads will never be answered.
  output.on("error", () => gone.abort());
  const over = behind === undefined ? gone.signal : AbortSignal.any([gone.signal, behind.ended]);
  const pipe = new Pipe(parts);
  if (behind !== undefined) pipe.hear();
  const lines = lineSplitter(gate.bounds.bytes);
  try {
    for await (const piece of addAbortSignal(over, input)) {
      for (const said of lines.push(piece as Buffer)) {
        if (said.kind === "line") pipe.line(said.bytes);
        else pipe.fail(undefined, new Fault("too-large", `A message may have ${gate.bounds.bytes} bytes.`));
      }
    }
    for (const said of lines.end()) if (said.kind === "line") pipe.line(said.bytes);
  } catch (error) {
    if (!over.aborted) throw error;
  }
  await (behind === undefined ? pipe.within(gate.limits.drain_ms) : outlast(pipe, behind, gone.signal));
  await pipe.end();
}

/** The client says nothing more, or the server ended. It works on as long as it would without a gate before it. */
async function outlast(pipe: Pipe, { ended, hangUp }: Behind, gone: AbortSignal): Promise<void> {
  if (!ended.aborted && !gone.aborted) await pipe.within(HANG_UP_MS);
  hangUp();
  const idle = Promise.race([aborted(gone), pipe.answered()]).then(() =>
    delay(GRACE_MS, undefined, { ref: false }),
  );
  await Promise.race([aborted(ended), idle]);
  if (ended.aborted) await Promise.race([aborted(gone), pipe.heard()]);
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", resolve, { once: true });
  });
}

class Pipe {
  readonly #parts: StdioParts;
  readonly #underWay = new Set<Promise<void>>();
  readonly #beat = (said: Beat): void | Promise<void> => this.#write(said.frame);
  /** Stands for the pipe until the client has said which era it speaks. */
  #first: Conversation | undefined;
  #conversation: Conversation | undefined;
  #listening: Promise<void> | undefined;
  /** The client is slow to read. */
  #room: Promise<void> | undefined;

  constructor(parts: StdioParts) {
    this.#parts = parts;
  }

  line(bytes: Buffer): void {
    const { gate } = this.#parts;
    let frames: readonly Frame[];
    try {
      frames = decodeBatch(bytes, gate.bounds) ?? [decode(bytes, gate.bounds)];
    } catch (error) {
      this.fail(undefined, error);
      return;
    }
    for (const frame of frames) {
      const done = this.#take(frame)
        .catch((error: unknown) => this.fail(frame, error))
        .finally(() => this.#underWay.delete(done));
      this.#underWay.add(done);
    }
  }

  /** Begins to hear what the server says outside any request, before the client has said a word. */
  hear(): void {
    const { principal, address } = this.#parts;
    this.#first = converse({ key: PIPE, principal, era: "legacy", address });
    this.#listening = this.#listen(this.#first);
  }

  async answered(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Resolves when all is answered and nothing more will come. */
  async heard(): Promise<void> {
    await Promise.all([this.answered(), this.#listening]);
  }

  /** Resolves when all is answered, at the latest after this time. */
  async within(most_ms: number): Promise<void> {
    const enough = new AbortController();
    const waited = delay(most_ms, undefined, { signal: enough.signal }).catch(() => undefined);
    await Promise.race([this.answered(), waited]);
    enough.abort();
  }

  async end(): Promise<void> {
    for (const one of [this.#first, this.#conversation]) if (one !== undefined) await part(one);
  }

  /** What servers say outside any request goes to the same pipe. */
  async #listen(conversation: Conversation): Promise<void> {
    try {
      await this.#parts.address.listen(conversation, NO_HEADERS, this.#beat, conversation.over.signal);
    } catch (error) {
      this.fail(undefined, error);
    }
  }

  async #take(frame: Frame): Promise<void> {
    const { gate, principal, address } = this.#parts;
    const { message } = frame;
    const classified = classify({ frames: [frame], batch: false, headers: NO_HEADERS });
    if (classified.kind === "refused") throw classified.fault;
    const initialize = message.kind === "request" && message.method === "initialize";
    // The first message decides the era of a pipe; a client that tried the modern one may fall back to `initialize`.
    if (this.#conversation === undefined || (initialize && this.#conversation.era === "modern")) {
      this.#conversation = converse({
        key: PIPE,
        principal,
        era: classified.kind,
        address,
      });
    }
    const conversation = this.#conversation;
    if (classified.client !== undefined) conversation.client = classified.client;
    if (message.kind !== "request") {
      await notify(gate, conversation, frame, NO_HEADERS);
      if (
        message.kind === "notification" &&
        message.method === "notifications/initialized" &&
        this.#first === undefined
      ) {
        void follow(gate, conversation, this.#beat);
      }
      return;
    }
    if (conversation.era === "legacy") {
      await this.#write(await receiveWhole(gate, conversation, frame, NO_HEADERS, this.#beat));
      return;
    }
    const { signal } = conversation.over;
    const ending = await receive(gate, conversation, frame, message, NO_HEADERS, this.#beat, signal);
    if (ending.kind === "answer") await this.#write(ending.frame);
  }

  #write(frame: Frame | undefined): void | Promise<void> {
    const { output } = this.#parts;
    if (frame === undefined || output.destroyed || output.writableEnded || output.write(toLine(frame.bytes)))
      return undefined;
    this.#room ??= new Promise((resolve) => {
      const room = (): void => {
        for (const event of ROOM) output.off(event, room);
        this.#room = undefined;
        resolve();
      };
      for (const event of ROOM) output.on(event, room);
    });
    return this.#room;
  }

  /** A request is always answered; what else fails is logged, because nobody waits for it. */
  fail(frame: Frame | undefined, error: unknown): void {
    const { log } = this.#parts.gate;
    const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
    if (fault.code === "cancelled") return;
    if (fault.code === "internal") log.error({ err: fault.cause ?? fault }, "an exchange failed");
    const id = frame?.message.kind === "request" ? frame.message.id : null;
    if (id === null && (frame !== undefined || fault.code.startsWith("upstream-"))) {
      log.warn({ fault: fault.code, detail: fault.detail }, fault.message);
      return;
    }
    void this.#write(faultFrame(fault, id));
  }
}

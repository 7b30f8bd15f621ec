import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Address } from "../gateway/address.ts";
import { type Conversation, converse, part } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame, notify, receive } from "../gateway/receive.ts";
import type { Beat } from "../upstream/leg.ts";
import { toLine } from "../upstream/text.ts";
import { classify } from "../wire/era.ts";
import { decode, decodeBatch, type Frame } from "../wire/frame.ts";
import { lineSplitter } from "../wire/lines.ts";

export interface StdioParts {
  readonly gate: Gate;
  readonly address: Address;
  readonly principal: Principal;
  readonly input: Readable;
  /** Carries the protocol and nothing else. */
  readonly output: Writable;
}

const NO_HEADERS = {};

/** One client on a pipe. Resolves once its input ended and what was under way is answered, or had its time. */
export async function stdioDoor(parts: StdioParts): Promise<void> {
  const { gate, input } = parts;
  const pipe = new Pipe(parts);
  const lines = lineSplitter(gate.bounds.bytes);
  for await (const piece of input) {
    for (const said of lines.push(piece as Buffer)) {
      if (said.kind === "line") pipe.line(said.bytes);
      else pipe.fail(undefined, new Fault("too-large", `A message may have ${gate.bounds.bytes} bytes.`));
    }
  }
  for (const said of lines.end()) if (said.kind === "line") pipe.line(said.bytes);
  await pipe.end();
}

class Pipe {
  readonly #parts: StdioParts;
  readonly #underWay = new Set<Promise<void>>();
  #conversation: Conversation | undefined;

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

  async end(): Promise<void> {
    const enough = new AbortController();
    const waited = delay(this.#parts.gate.limits.drain_ms, undefined, { signal: enough.signal }).catch(
      () => undefined,
    );
    await Promise.race([Promise.all(this.#underWay), waited]);
    enough.abort();
    if (this.#conversation !== undefined) await part(this.#conversation);
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
        key: `stdio-${process.pid}`,
        principal,
        era: classified.kind,
        address,
      });
    }
    const conversation = this.#conversation;
    if (classified.client !== undefined) conversation.client = classified.client;
    const beat = (said: Beat): void | Promise<void> => this.#write(said.frame);
    if (message.kind !== "request") {
      await notify(conversation, frame, NO_HEADERS);
      if (message.kind === "notification" && message.method === "notifications/initialized") {
        // What servers say outside any request goes to the same pipe.
        address
          .listen(conversation, NO_HEADERS, beat, conversation.over.signal)
          .catch((error: unknown) => this.fail(undefined, error));
      }
      return;
    }
    const ending = await receive(
      gate,
      conversation,
      frame,
      message,
      NO_HEADERS,
      beat,
      conversation.over.signal,
    );
    if (ending.kind === "answer") await this.#write(ending.frame);
  }

  #write(frame: Frame | undefined): void | Promise<void> {
    const { output } = this.#parts;
    if (frame === undefined || output.destroyed || output.writableEnded || output.write(toLine(frame.bytes)))
      return undefined;
    return Promise.race([once(output, "drain"), once(output, "close")]).then(() => undefined);
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

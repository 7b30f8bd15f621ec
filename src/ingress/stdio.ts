import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Address } from "../gateway/address.ts";
import { type Conversation, converse, part } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame, notify, receive } from "../gateway/receive.ts";
import type { Beat } from "../upstream/leg.ts";
import { classify } from "../wire/era.ts";
import { decode, decodeBatch, type Frame } from "../wire/frame.ts";
import { toLine } from "../upstream/text.ts";
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

/** One client on a pipe. Resolves once its input ended and everything under way was answered. */
export async function stdioDoor({ gate, address, principal, input, output }: StdioParts): Promise<void> {
  const lines = lineSplitter(gate.bounds.bytes);
  const underWay = new Set<Promise<void>>();
  let conversation: Conversation | undefined;

  function write(frame: Frame): void | Promise<void> {
    if (output.destroyed || output.writableEnded) return undefined;
    return output.write(toLine(frame.bytes))
      ? undefined
      : new Promise((resolve) => output.once("drain", resolve).once("close", resolve));
  }
  const beat = ({ frame }: Beat): void | Promise<void> => (frame === undefined ? undefined : write(frame));

  async function take(frame: Frame): Promise<void> {
    const { message } = frame;
    const classified = classify({ frames: [frame], batch: false, headers: NO_HEADERS });
    if (classified.kind === "refused") throw classified.fault;
    // The first message decides the era of a pipe; a client may still fall back to `initialize`.
    if (
      conversation === undefined ||
      (message.kind === "request" && message.method === "initialize" && conversation.era === "modern")
    ) {
      conversation = converse({ key: `stdio-${process.pid}`, principal, era: classified.kind, address });
    }
    if (classified.client !== undefined) conversation.client = classified.client;
    if (message.kind !== "request") {
      await notify(conversation, frame, NO_HEADERS);
      if (message.kind === "notification" && message.method === "notifications/initialized")
        hear(conversation);
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
    if (ending.kind === "answer") await write(ending.frame);
  }

  /** What servers say outside any request goes to the same pipe. */
  function hear(to: Conversation): void {
    address.listen(to, NO_HEADERS, beat, to.over.signal).catch((error: unknown) => fail(undefined, error));
  }

  function fail(frame: Frame | undefined, error: unknown): void {
    const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
    if (fault.code === "cancelled") return;
    if (fault.code === "internal") gate.log.error({ err: fault.cause ?? fault }, "an exchange failed");
    const id = frame?.message.kind === "request" ? frame.message.id : null;
    if (id === null && (frame !== undefined || fault.code.startsWith("upstream-")))
      return void gate.log.warn({ fault: fault.code, detail: fault.detail }, fault.message);
    void write(faultFrame(fault, id));
  }

  function line(bytes: Buffer): void {
    let frames: readonly Frame[];
    try {
      frames = decodeBatch(bytes, gate.bounds) ?? [decode(bytes, gate.bounds)];
    } catch (error) {
      return fail(undefined, error);
    }
    for (const frame of frames) {
      const done = take(frame)
        .catch((error: unknown) => fail(frame, error))
        .finally(() => underWay.delete(done));
      underWay.add(done);
    }
  }

  for await (const chunk of input) {
    for (const said of lines.push(chunk as Buffer)) {
      if (said.kind === "line") line(said.bytes);
      else fail(undefined, new Fault("too-large", `A message may have ${gate.bounds.bytes} bytes.`));
    }
  }
  for (const said of lines.end()) if (said.kind === "line") line(said.bytes);
  const waited = new AbortController();
  await Promise.race([
    Promise.all(underWay),
    delay(gate.limits.drain_ms, undefined, { signal: waited.signal }).catch(() => undefined),
  ]);
  waited.abort();
  if (conversation !== undefined) await part(conversation);
}

import { randomUUID } from "node:crypto";
import type { Fault } from "../../../call/fault.ts";
import { isObject, type JsonObject, member } from "../../../call/json.ts";
import { type Frame, frameOf } from "../../../wire/frame.ts";
import { garbled, refused, silent } from "../../failure.ts";
import type { Ending, Leg } from "../../leg.ts";

/** One `subscriptions/listen` of the server, from its request to its end. */
export interface Subscription {
  /** What the server acknowledged that it will tell. */
  readonly honoured: JsonObject;
  /** Tells the server that it is over. */
  close(): void;
}

export interface Asked {
  readonly leg: Leg;
  readonly filter: JsonObject;
  readonly envelope: JsonObject;
  /** How long the server may take to acknowledge it. */
  readonly timeout_ms: number;
  /** What it tells. */
  readonly heard: (frame: Frame) => void | Promise<void>;
  /** It was acknowledged so, and is over, not by `close`. */
  readonly ended: (honoured: JsonObject) => void;
}

/**
 * Opens a subscription and waits for its acknowledgement, which comes first (2026-07-28, subscriptions). Rejects with a
 * Fault where the server refuses it, is gone, or says nothing in time.
 */
export function subscribe({ leg, filter, envelope, timeout_ms, heard, ended }: Asked): Promise<Subscription> {
  return new Promise((resolve, reject) => {
    const closing = new AbortController();
    let honoured: JsonObject | undefined;
    const fail = (fault: unknown): void => {
      clearTimeout(timer);
      if (honoured === undefined) reject(fault);
      else if (!closing.signal.aborted) ended(honoured);
    };
    const timer = setTimeout(() => {
      fail(silent(leg.server, timeout_ms));
      closing.abort();
    }, timeout_ms);
    const frame = frameOf({
      kind: "request",
      id: `portcullis:${randomUUID()}`,
      method: "subscriptions/listen",
      params: { notifications: filter, _meta: envelope },
    });
    const listener = (said: { readonly frame?: Frame }): void | Promise<void> => {
      const message = said.frame?.message;
      if (said.frame === undefined || message?.kind !== "notification" || closing.signal.aborted)
        return undefined;
      if (message.method !== "notifications/subscriptions/acknowledged")
        return honoured === undefined ? undefined : heard(said.frame);
      if (honoured !== undefined) return undefined;
      clearTimeout(timer);
      const agreed = member(message.params, "notifications");
      honoured = isObject(agreed) ? agreed : filter;
      resolve({ honoured, close: () => closing.abort() });
      return undefined;
    };
    leg.ask(frame, {}, listener, closing.signal).then((ending) => fail(refusalOf(leg.server, ending)), fail);
  });
}

function refusalOf(server: string, ending: Ending): Fault {
  if (ending.kind === "answer" && ending.frame.message.kind === "error")
    return refused(server, ending.status === 200 ? 400 : ending.status);
  return garbled(server, "a subscription that ended before it was acknowledged");
}

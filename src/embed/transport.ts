import type { Json } from "../call/json.ts";
import type { Connection } from "./connection.ts";
import type { Governance } from "./governance.ts";
import type { Extra, SendOptions, Wire } from "./sdk.ts";

type Hear = (message: Json, extra?: Extra) => void;

/**
 * A transport that the SDK takes for the one it was given, with a gate in it: what the client sends is judged before the
 * server hears it, what the server says is inspected before the client gets it. `closed` is called when it is over.
 */
export async function gated<T extends Wire>(
  wire: T,
  governance: Governance,
  closed: () => Promise<void>,
): Promise<T> {
  let hear: Hear | undefined;
  const failed = (error: Error): void => wire.onerror?.(error);
  const between: Connection = await governance.connect({
    hear: (message, extra) => hear?.(message, extra),
    send: (message, options) => wire.send(message as never, options as never),
    failed,
  });
  const end = (): void => {
    between
      .close()
      .then(closed)
      .catch((error: unknown) => failed(error instanceof Error ? error : new Error(String(error))));
  };
  const set: Partial<Record<PropertyKey, (value: unknown) => unknown>> = {
    onmessage(value) {
      hear = value as Hear;
      return between.heard;
    },
    onclose: (value) => () => {
      end();
      (value as (() => void) | undefined)?.();
    },
  };
  const say = (message: Json, options?: SendOptions): Promise<void> => between.said(message, options);
  return new Proxy(wire, {
    get(target, key) {
      if (key === "send") return say;
      const value: unknown = Reflect.get(target, key, target);
      // Private members of a class are its own object's.
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
    set: (target, key, value) =>
      Reflect.set(target, key, Object.hasOwn(set, key) ? set[key]?.(value) : value, target),
  });
}

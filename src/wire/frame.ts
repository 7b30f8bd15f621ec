import type { Json, JsonObject, JsonPath } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";

/** JSON-RPC ids keep their type: `1` and `"1"` are two ids, `0` and `""` are ids. */
export type RequestId = string | number;

/** A JSON-RPC 2.0 message by what it is for. `params` is `{}` where it is absent. */
export type Message =
  | { readonly kind: "request"; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "result"; readonly id: RequestId; readonly result: JsonObject }
  | {
      readonly kind: "error";
      readonly id: RequestId | null;
      readonly code: number;
      readonly message: string;
      readonly data?: Json;
    };

export interface Bounds {
  /** Bytes of one message. */
  readonly bytes: number;
  /** Nested arrays and objects. */
  readonly depth: number;
}
export const DEFAULT_BOUNDS: Bounds = { bytes: 4 * 1024 * 1024, depth: 64 };

/** One JSON-RPC message: the bytes that came, what they say, and a way to change a part and leave the rest. */
export interface Frame {
  readonly bytes: Buffer;
  readonly message: Message;
  /** Paths, from the message's root, of numbers that a double cannot hold. */
  readonly inexact: readonly JsonPath[];
  /** A new frame; every byte that no edit names is the old one. Paths start at the message's root. */
  edit(edits: readonly Edit[]): Frame;
  /** The bytes of the value at a path, without surrounding white space; undefined where nothing stands there. */
  slice(path: JsonPath): Buffer | undefined;
}

/** The most messages that one array may carry. */
export const BATCH_MESSAGES = 256;

/**
 * Reads one message. Throws Fault `malformed-json` (not JSON, not UTF-8, a byte order mark, something after the value),
 * `too-large` (bytes, depth) or `invalid-request` (a key twice at any depth, a lone surrogate, no JSON-RPC 2.0 message).
 */
export function decode(_bytes: Buffer, _bounds: Bounds): Frame {
  throw new TypeError("to follow");
}
/** The messages of a document that is an array, each with its own slice of the bytes; undefined where it is none. */
export function decodeBatch(_bytes: Buffer, _bounds: Bounds): readonly Frame[] | undefined {
  throw new TypeError("to follow");
}
/** A message of the gate's own. `params` that are empty are left out. */
export function frameOf(_message: Message): Frame {
  throw new TypeError("to follow");
}

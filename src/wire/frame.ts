import { isAscii, isUtf8 } from "node:buffer";
import { Fault } from "../call/fault.ts";
import type { Json, JsonObject, JsonPath } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";
import { census, countMembers, isWellFormed, type Census } from "./census.ts";
import { changedWithin } from "./edit.ts";
import { messageOf } from "./message.ts";
import { inexactIn } from "./number.ts";
import { planOf } from "./plan.ts";
import { eachElement, OPEN_ARRAY, skipSpace, skipValue } from "./scan.ts";
import { splice } from "./splice.ts";

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

/** The most messages that one array may carry. */
export const BATCH_MESSAGES = 256;

/** One JSON-RPC message: the bytes that came, what they say, and a way to change a part and leave the rest. */
export interface Frame {
  readonly bytes: Buffer;
  readonly message: Message;
  /** Paths, from the message's root, of numbers whose decimal value the double they parse to does not keep. */
  readonly inexact: readonly JsonPath[];
  /**
   * A new frame; every byte that no edit names is the old one. Paths start at the message's root; what edits may do, and
   * what makes them throw TypeError, is `applyEdits`. Throws Fault `invalid-request` where the outcome is no message.
   */
  edit(edits: readonly Edit[]): Frame;
}

const EXACT: readonly JsonPath[] = Object.freeze([]);
/** The escape of half a surrogate pair; whether the other half stands beside it is seen in the parsed string. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** A class because an object literal with a getter takes 1 µs to make, and this is made for every message. */
class DecodedFrame implements Frame {
  readonly bytes: Buffer;
  readonly message: Message;
  readonly #root: Json;
  #inexact: readonly JsonPath[] | undefined;

  constructor(bytes: Buffer, root: Json, odd_numbers: boolean) {
    this.bytes = bytes;
    this.message = messageOf(root);
    this.#root = root;
    this.#inexact = odd_numbers ? undefined : EXACT;
  }

  get inexact(): readonly JsonPath[] {
    this.#inexact ??= inexactIn(this.bytes);
    return this.#inexact;
  }

  edit(edits: readonly Edit[]): Frame {
    if (edits.length === 0) return this;
    const plan = planOf(edits);
    const root = changedWithin(this.#root, plan) ?? null;
    const odd_numbers = this.#inexact !== EXACT || edits.some(({ kind }) => kind === "set");
    return new DecodedFrame(splice(this.bytes, plan), root, odd_numbers);
  }
}

/** Text and value of a document within the bounds. */
function parse(
  bytes: Buffer,
  bounds: Bounds,
): { readonly text: string; readonly root: Json; readonly counted: Census } {
  if (bytes.length > bounds.bytes) {
    throw new Fault("too-large", `The message is larger than ${bounds.bytes} bytes.`);
  }
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(bytes)) throw new Fault("malformed-json", "The message is not valid UTF-8.");
  const text = bytes.toString(ascii ? "latin1" : "utf8");
  const counted = census(text, bounds.depth);
  if (counted.depth > bounds.depth) {
    throw new Fault("too-large", `The message is nested deeper than ${bounds.depth}.`);
  }
  try {
    return { text, root: JSON.parse(text) as Json, counted };
  } catch {
    throw new Fault("malformed-json", "The message is not valid JSON.");
  }
}

/** What the parser made of a document that every reader takes alike. */
function parseOnce(bytes: Buffer, bounds: Bounds): { readonly root: Json; readonly odd_numbers: boolean } {
  const { text, root, counted } = parse(bytes, bounds);
  if (counted.members !== countMembers(root)) {
    throw new Fault(
      "invalid-request",
      "A key stands twice in the same object, so it is unclear which is meant.",
    );
  }
  if (text.includes("\\u") && SURROGATE_ESCAPE.test(text) && !isWellFormed(root)) {
    throw new Fault("invalid-request", "A string holds half of a surrogate pair, which is no character.");
  }
  return { root, odd_numbers: counted.odd_numbers };
}

/**
 * Reads any JSON value as strictly as `decode` reads a message, and throws what it throws. `inexact` are the paths of
 * numbers whose decimal value the double they parse to does not keep.
 */
export function decodeValue(
  bytes: Buffer,
  bounds: Bounds,
): { readonly value: Json; readonly inexact: readonly JsonPath[] } {
  const { root, odd_numbers } = parseOnce(bytes, bounds);
  return { value: root, inexact: odd_numbers ? inexactIn(bytes) : EXACT };
}

/**
 * Reads one message. Throws Fault `malformed-json` (not JSON, not UTF-8, a byte order mark, something after the value),
 * `too-large` (bytes, depth) or `invalid-request` (a key twice at any depth, a lone surrogate, no JSON-RPC 2.0 message).
 */
export function decode(bytes: Buffer, bounds: Bounds): Frame {
  const { root, odd_numbers } = parseOnce(bytes, bounds);
  const frame = new DecodedFrame(bytes, root, odd_numbers);
  if (odd_numbers && frame.inexact.some((path) => path.length === 1 && path[0] === "id")) {
    throw new Fault(
      "invalid-request",
      "`id` is a number that a double cannot hold, so no answer could carry it.",
    );
  }
  return frame;
}

/**
 * The messages of a document that is an array (2025-03-26, basic#batching), each with its own slice of the bytes;
 * undefined where the document is none. Throws as `decode` does, and `too-large` beyond `BATCH_MESSAGES`.
 */
export function decodeBatch(bytes: Buffer, bounds: Bounds): readonly Frame[] | undefined {
  const open = skipSpace(bytes, 0);
  if (bytes[open] !== OPEN_ARRAY) return undefined;
  parse(bytes, { bytes: bounds.bytes, depth: bounds.depth + 1 });
  const slices: Buffer[] = [];
  eachElement(bytes, open, (value) => {
    if (slices.length === BATCH_MESSAGES) {
      throw new Fault("too-large", `A batch may carry ${BATCH_MESSAGES} messages.`);
    }
    const end = skipValue(bytes, value);
    slices.push(bytes.subarray(value, end));
    return end;
  });
  return slices.map((slice) => decode(slice, bounds));
}

/** A message of the gate's own. `params` that are empty are left out. */
export function frameOf(message: Message): Frame {
  const text = JSON.stringify(written(message));
  return new DecodedFrame(Buffer.from(text), JSON.parse(text) as Json, true);
}

function written(message: Message): object {
  switch (message.kind) {
    case "request":
      return { jsonrpc: "2.0", id: message.id, method: message.method, params: given(message.params) };
    case "notification":
      return { jsonrpc: "2.0", method: message.method, params: given(message.params) };
    case "result":
      return { jsonrpc: "2.0", id: message.id, result: message.result };
    case "error": {
      const { id, code, message: text, data } = message;
      return { jsonrpc: "2.0", id, error: { code, message: text, data } };
    }
  }
}

function given(params: JsonObject): JsonObject | undefined {
  return Object.keys(params).length === 0 ? undefined : params;
}

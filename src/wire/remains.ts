import { isObject } from "../call/json.ts";
import { folded } from "./alike.ts";
import { census } from "./census.ts";
import type { RequestId } from "./frame.ts";
import { eachMember, skipSpace, skipValue } from "./scan.ts";

/** What can be told of bytes that are no message: an answer (`id` where it can be read), something else said, or noise. */
export type Remains =
  | { readonly kind: "answer"; readonly id: RequestId | undefined }
  | { readonly kind: "aside" }
  | { readonly kind: "noise" };

const NOISE: Remains = Object.freeze({ kind: "noise" });
const ASIDE: Remains = Object.freeze({ kind: "aside" });
/** A parser takes long over a text that is nothing but brackets. */
const DEPTH = 1024;
/** What says what a message is stands early in it. */
export const HEAD_BYTES = 1024;
const LEADING_ID =
  /^\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(-?\d{1,15}|"[^"\\\ufffd]{0,256}")\s*[,}]/;

/** By its beginning alone: for what is no JSON, or was too long to be kept. */
function byHead(text: string): Remains {
  if (!text.includes('"jsonrpc"')) return NOISE;
  const at = (word: string): number => (text.includes(word) ? text.indexOf(word) : Number.POSITIVE_INFINITY);
  const answer = Math.min(at('"result"'), at('"error"'));
  if (at('"method"') < answer) return ASIDE;
  if (answer === Number.POSITIVE_INFINITY) return NOISE;
  const id = LEADING_ID.exec(text)?.[1];
  return { kind: "answer", id: id === undefined ? undefined : (JSON.parse(id) as RequestId) };
}

function parsed(text: string): unknown {
  if (census(text, DEPTH).depth > DEPTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What a server may have meant by bytes that `decode` refuses, so that whoever waits for an answer need not wait for what
 * has come already. Nothing of it is ever handed on. Servers print much that is meant for nobody: only what has the
 * members of an answer is one. `whole` is false where only the beginning is there.
 */
export function remainsOf(bytes: Buffer, whole: boolean): Remains {
  if (bytes[skipSpace(bytes, 0)] !== 0x7b) return NOISE;
  const text = bytes.toString("utf8").trim();
  const root = whole ? parsed(text) : undefined;
  if (!isObject(root)) return byHead(text.slice(0, HEAD_BYTES));
  const keys: string[] = [];
  const readable = Buffer.from(text);
  eachMember(readable, 0, (value, _, key) => {
    keys.push(key);
    return skipValue(readable, value);
  });
  if (keys.includes("method")) return ASIDE;
  if (!keys.includes("result") && !keys.includes("error")) return NOISE;
  const { id } = root;
  const once = keys.filter((key) => folded(key) === folded("id")).length === 1;
  const known = (typeof id === "string" && !id.includes("\ufffd")) || Number.isSafeInteger(id);
  return { kind: "answer", id: once && known ? (id as RequestId) : undefined };
}

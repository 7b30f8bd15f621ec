import { StringDecoder } from "node:string_decoder";
import { isObject, type Json } from "../../call/json.ts";

/** Bytes of one line, and of a text that is no list of lines. */
export const LINE_MOST = 4_194_304;

/** A line of the input, or what is wrong with it. */
export type Line =
  | { readonly number: number; readonly id: Json; readonly text: string }
  | { readonly number: number; readonly wrong: string };

/** Cuts a stream into lines of bounded length; one that is longer comes as `undefined`, and the next goes on after it. */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncIterable<string | undefined> {
  const decoder = new StringDecoder("utf8");
  let held: string[] = [];
  let length = 0;
  for await (const chunk of input) {
    const pieces = decoder.write(Buffer.from(chunk)).split("\n");
    for (const [index, piece] of pieces.entries()) {
      length += piece.length;
      if (length <= LINE_MOST) held.push(piece);
      else held = [];
      if (index === pieces.length - 1) continue;
      yield length > LINE_MOST ? undefined : held.join("");
      held = [];
      length = 0;
    }
  }
  held.push(decoder.end());
  if (length > LINE_MOST) yield undefined;
  else if (held.some((piece) => piece !== "")) yield held.join("");
}

/** Whether input that begins with this line is a list of `{id, text}` lines, well formed or not. */
export function isListed(first: string): boolean {
  if (!first.trimStart().startsWith("{")) return false;
  try {
    const value = JSON.parse(first) as Json;
    return isObject(value) && (Object.hasOwn(value, "text") || Object.hasOwn(value, "id"));
  } catch {
    return /^\s*\{\s*"(?:id|text)"/.test(first);
  }
}

/** Reads one line. */
export function readLine(number: number, line: string | undefined): Line {
  if (line === undefined) return { number, wrong: `longer than ${LINE_MOST} characters` };
  let value: Json;
  try {
    value = JSON.parse(line) as Json;
  } catch (error) {
    return { number, wrong: `not JSON: ${(error as Error).message}` };
  }
  if (!isObject(value)) return { number, wrong: "not a JSON object" };
  const { id = null, text } = value;
  if (typeof text !== "string") return { number, wrong: "`text` is not a string" };
  if (typeof id !== "string" && typeof id !== "number" && id !== null)
    return { number, wrong: "`id` is neither a string nor a number" };
  return { number, id, text };
}

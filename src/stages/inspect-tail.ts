import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import type { Leaf } from "../detect/fields.ts";
import type { Texts } from "./inspect-texts.ts";

/** How much of what was said before is read with what is said now. */
const TAIL = 256;
/** Streams whose last words are remembered. */
const STREAMS = 1_024;

/** What was said last on each stream. */
export interface Tails {
  /** The texts of a message, and its own once more behind the last words of the one before it. */
  readonly after: (call: Call, answer: Answer, texts: Texts) => Texts;
  /** The message was handed on. */
  readonly passed: (call: Call, answer: Answer, texts: Texts) => void;
}

function keyOf({ id }: Call, { method }: Extract<Answer, { readonly kind: "aside" }>): string {
  return `${id} ${method}`;
}

/** The text of a message on the way. */
function saidIn(answer: Answer, { leaves }: Texts): Leaf | undefined {
  if (answer.kind !== "aside" || !answer.method.startsWith("notifications/")) return undefined;
  return leaves.find(
    ({ pieces, name, field }) =>
      pieces === undefined && name === undefined && (field.name === "message" || field.name === "data"),
  );
}

/** What is said in pieces is read across them. */
export function tailing(): Tails {
  const tails = new Map<string, string>();
  return {
    after(call, answer, texts) {
      const first = saidIn(answer, texts);
      const tail =
        first === undefined || answer.kind !== "aside" ? undefined : tails.get(keyOf(call, answer));
      if (first === undefined || tail === undefined) return texts;
      return { ...texts, leaves: [...texts.leaves, across(tail, first)] };
    },
    passed(call, answer, texts) {
      const first = saidIn(answer, texts);
      if (first === undefined || answer.kind !== "aside") return;
      const key = keyOf(call, answer);
      const tail = tails.get(key) ?? "";
      tails.delete(key);
      tails.set(key, (tail + first.text).slice(-TAIL));
      const [oldest] = tails.size > STREAMS ? tails.keys() : [];
      if (oldest !== undefined) tails.delete(oldest);
    },
  };
}

/** Two pieces, of which the first was handed on already: it has no place any more that could be changed. */
function across(tail: string, { text, field }: Leaf): Leaf {
  const rest = text.slice(0, TAIL * 2);
  const split = tail.length;
  return {
    text: tail + rest,
    field,
    pieces: [
      { path: [], from: 0, until: split, start: 0 },
      { path: field.path ?? [], from: split, until: split + rest.length, start: 0 },
    ],
  };
}

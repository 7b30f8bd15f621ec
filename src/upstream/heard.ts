import { decode, type Frame } from "../wire/frame.ts";
import type { Line } from "../wire/lines.ts";
import { type Remains, remainsOf } from "../wire/remains.ts";
import { ANSWER_BOUNDS, wordsOf } from "./failure.ts";

/** What a server said: a message, or something that is none. */
export type Heard =
  | { readonly kind: "message"; readonly frame: Frame }
  /** `why` it is none, `beginning` of what it is, and what it may have been meant to be. */
  | {
      readonly kind: "unreadable";
      readonly why: string;
      readonly beginning: string;
      readonly remains: Remains;
    };

export function heardIn(line: Line): Heard {
  if (line.kind === "over-long") {
    const why = `a line of more than ${ANSWER_BOUNDS.bytes} bytes`;
    return { kind: "unreadable", why, beginning: "", remains: remainsOf(line.head, false) };
  }
  const { bytes } = line;
  try {
    return { kind: "message", frame: decode(bytes, ANSWER_BOUNDS) };
  } catch (error) {
    const why = `no message (${wordsOf(error)})`;
    const beginning = `: ${bytes.toString("utf8", 0, 200)}`;
    return { kind: "unreadable", why, beginning, remains: remainsOf(bytes, true) };
  }
}

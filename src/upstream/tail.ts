import { StringDecoder } from "node:string_decoder";

const LINES_MOST = 20;
const LINE_MOST = 400;
/** Lines of one child that reach the log in a second; a flood is counted instead. */
const LOGGED_PER_SECOND = 20;

/** Shorter ones stand in too many words by chance. */
const SECRET_LEAST = 6;
/** What a terminal that shows the log could take for a command and JSON does not escape, or what turns text around. */
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A secret, and each line of one that has several: it is printed line by line. */
function piecesOf(secret: string): readonly string[] {
  return [secret, ...secret.split(/[\r\n]+/).map((line) => line.trim())].filter(
    (piece) => piece.length >= SECRET_LEAST,
  );
}

/** The last words of a server's process, and a trickle of them for the log. */
export interface Tail {
  /** Takes a piece of output. */
  readonly take: (piece: Buffer) => void;
  /** Takes a line that is said about it. */
  readonly note: (line: string) => void;
  /** The newest lines, oldest first. */
  readonly words: () => string;
}

/**
 * Keeps the last lines (bounded in number and length) and hands each to `write`, at most 20 a second: what was left
 * out is counted in the next. `secrets` are values that a careless server may print; none is kept or written.
 */
export function tail(write: (line: string) => void, secrets: Iterable<string>): Tail {
  const hidden = [...new Set([...secrets].flatMap(piecesOf))].toSorted((a, b) => b.length - a.length);
  // Longer than any line that is kept, so that a secret across the cut is still found whole.
  const rest_most = Math.max(4 * LINE_MOST, LINE_MOST + (hidden[0]?.length ?? 0));
  const decoder = new StringDecoder("utf8");
  const kept: string[] = [];
  let rest = "";
  let second = 0;
  let written = 0;
  let left_out = 0;

  const cleaned = (line: string): string =>
    hidden
      .reduce((text, secret) => text.replaceAll(secret, "[secret]"), line)
      .slice(0, LINE_MOST)
      .replaceAll(UNSEEN, " ")
      .trimEnd();

  const note = (line: string): void => {
    const clean = cleaned(line);
    if (clean === "") return;
    kept.push(clean);
    if (kept.length > LINES_MOST) kept.shift();
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) {
      second = now;
      written = 0;
    }
    if (written >= LOGGED_PER_SECOND) {
      left_out += 1;
      return;
    }
    written += 1;
    write(left_out === 0 ? clean : `${clean} (${left_out} lines left out before this one)`);
    left_out = 0;
  };

  return {
    take(piece) {
      const lines = (rest + decoder.write(piece)).split("\n");
      const last = lines.pop() ?? "";
      rest = last.slice(0, rest_most);
      for (const line of lines) note(line);
    },
    note,
    words: () => (rest.trim() === "" ? kept : [...kept, cleaned(rest)]).join("\n"),
  };
}

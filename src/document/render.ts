import { placeText, type Problem } from "./problem.ts";

const WIDTH = 100;

/** What a terminal could take for a command becomes a space; a tab too, so that columns stand right. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, " ");
}

/** A window of a long line that shows the column, and where the column then is. */
function windowOf(line: string, column: number): { text: string; column: number; from: number } {
  const from = column <= WIDTH ? 0 : column - Math.floor(WIDTH / 2);
  const cut = line.slice(from, from + WIDTH);
  const text = `${from > 0 ? "…" : ""}${cut}${from + WIDTH < line.length ? "…" : ""}`;
  return { text: printable(text), column: column - from + (from > 0 ? 1 : 0), from };
}

/**
 * The problem as a person reads it: place, message, the line with two before it, and a caret below what is wrong.
 * Colour also means that the terminal can show `✖`; otherwise the word `fail` stands there.
 */
export function renderProblem(problem: Problem, look: { readonly color: boolean }): string {
  const red = (text: string): string => (look.color ? `\u001b[31m${text}\u001b[39m` : text);
  const dim = (text: string): string => (look.color ? `\u001b[2m${text}\u001b[22m` : text);
  const head = `${red(look.color ? "✖" : "fail")} ${placeText(problem)}  ${printable(problem.message)}`;
  const hint = problem.hint === undefined ? "" : printable(problem.hint);
  if (problem.source_line === undefined) return hint === "" ? head : `${head}\n    ${hint}`;

  const digits = String(problem.line).length;
  const shown = windowOf(problem.source_line, problem.column);
  const before = problem.before ?? [];
  const rows = before.map((line, index) => {
    const number = String(problem.line - before.length + index).padStart(digits);
    return dim(`      ${number} | ${printable(line.slice(shown.from, shown.from + WIDTH))}`.trimEnd());
  });
  const room = Math.max(1, shown.text.length - shown.column + 1);
  const carets = "^".repeat(Math.max(1, Math.min(problem.length, room)));
  rows.push(`    > ${problem.line} | ${shown.text}`.trimEnd());
  rows.push(
    `      ${" ".repeat(digits)} | ${" ".repeat(shown.column - 1)}${red(carets)}${hint === "" ? "" : `   ${hint}`}`,
  );
  return [head, ...rows].join("\n");
}

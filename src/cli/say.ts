import type { Problem } from "../document/problem.ts";
import { placeText, Problems } from "../document/problem.ts";
import { renderProblem } from "../document/render.ts";
import { StoreUnusable } from "../store/unavailable.ts";
import { type ExitCode, Failure } from "./failure.ts";

/** Whether a stream is a terminal that shows colour: NO_COLOR, FORCE_COLOR and TERM=dumb are honoured. */
export function hasColor(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const forced = env["FORCE_COLOR"] ?? "";
  if (forced !== "") return forced !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

const MARKS = {
  ok: { mark: "✔", color: 32 },
  warn: { mark: "!", color: 33 },
  fail: { mark: "✖", color: 31 },
} as const;

/** A line with its mark as a stream shows it: coloured on a terminal, the word elsewhere. */
export function marked(
  kind: keyof typeof MARKS,
  message: string,
  stream: { readonly isTTY?: boolean },
): string {
  const { mark, color } = MARKS[kind];
  return `${hasColor(stream) ? `\u001b[${color}m${mark}\u001b[39m` : kind.padEnd(4)} ${message}`;
}

/** A message for the person at the terminal, on standard error: standard output carries data only. */
export function say(kind: keyof typeof MARKS, message: string): void {
  process.stderr.write(`${marked(kind, message, process.stderr)}\n`);
}

/** A line without a mark: what to do next, what belongs to the line above. */
export function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

/** What loading accepted without effect. */
export function sayNotes(notes: readonly Problem[]): void {
  for (const note of notes) {
    say("warn", `${placeText(note)}  ${note.message}${note.hint === undefined ? "" : ` (${note.hint})`}`);
  }
}

/** Says what went wrong, with its way out; gives the exit code. Errors of the program itself are not for here: they throw on. */
export function explainFailure(error: unknown): ExitCode {
  if (error instanceof Problems) {
    const color = hasColor(process.stderr);
    for (const problem of error.problems) tell(renderProblem(problem, { color }));
    const count = error.problems.length;
    tell(`${count} ${count === 1 ? "problem" : "problems"}`);
    return 2;
  }
  if (error instanceof Failure) {
    say("fail", error.message);
    if (error.fix !== undefined) tell(`     fix: ${error.fix}`);
    return error.exit;
  }
  if (error instanceof StoreUnusable) {
    say("fail", error.message);
    return 3;
  }
  throw error;
}

/** Where something stands in a text: line and column from 1, length in UTF-16 units of that line. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** What is wrong with something a person wrote, where, and how to mend it. */
export interface Problem {
  /** The file as it should be shown; `PORTCULLIS_…` or `--flag` where the value came from there. */
  readonly file: string;
  /** 0 where there is no line to point at. */
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly message: string;
  /** How to mend it: `did you mean "stdio"?`. */
  readonly hint?: string;
  /** The line itself, with secrets blanked. */
  readonly source_line?: string;
  /** Up to two lines before it, with secrets blanked. */
  readonly before?: readonly string[];
  /** It may only follow from another, which is told: something of wrong shape was left out where this looks. */
  readonly doubtful?: true;
}

/** Problems that are worth telling, in the order of their lines. */
export function tellable(problems: readonly Problem[]): readonly Problem[] {
  return problems
    .filter(({ doubtful }) => doubtful === undefined)
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** Everything that is wrong at once, in the order of the files. */
export class Problems extends Error {
  override readonly name = "Problems";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => `${placeText(p)}  ${p.message}`).join("\n"));
    this.problems = problems;
  }
}

/** A problem that stands in no line of a file: a variable, a flag, a file that is missing. */
export function problemOf(file: string, message: string, hint?: string): Problem {
  return { file, line: 0, column: 0, length: 0, message, ...(hint === undefined ? {} : { hint }) };
}

/** `portcullis.yaml:14:12`, or the name alone where there is no line. */
export function placeText(problem: Pick<Problem, "file" | "line" | "column">): string {
  return problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
}

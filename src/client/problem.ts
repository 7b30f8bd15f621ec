import type { ProblemDocument } from "../admin/problem.ts";

/** The gate answered that it could not do what it was asked; `problem` says why (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly problem: ProblemDocument;

  constructor(status: number, problem: ProblemDocument) {
    super(`${problem.title}: ${problem.detail}`);
    this.status = status;
    this.problem = problem;
  }
}

/** Why a command ends without having done what it was asked, as its exit code. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** A failure that a person can mend: said in one line with its mending below, then the process ends with `exit`. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** 1: the answer is no. 2: wrong use or configuration. 3: something needed cannot be reached. */
  readonly exit: 1 | 2 | 3;
  readonly fix: string | undefined;

  constructor(exit: 1 | 2 | 3, message: string, fix?: string) {
    super(message);
    this.exit = exit;
    this.fix = fix;
  }
}

/** Why the journal takes nothing now. */
export type Obstacle =
  /** The disk, or the quota on it. */
  | "full"
  /** Another process held the write lock for longer than the busy timeout. */
  | "locked"
  | "read-only"
  /** The database file was removed or replaced while the gate had it open. */
  | "gone"
  | "damaged"
  | "unreachable"
  /** More is waiting to be written than the gate may hold in memory. */
  | "backlog"
  | "closed"
  /** The operating system refused for another reason. */
  | "io";

/** Events could not be written down, so what they describe must not happen (DESIGN: durable record before effect). */
export class JournalUnavailable extends Error {
  override readonly name = "JournalUnavailable";
  readonly obstacle: Obstacle;

  /** `message` says what, where and how to mend, for the operator; it holds no secret. */
  constructor(obstacle: Obstacle, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.obstacle = obstacle;
  }
}

/** A store that cannot be opened. Ends the program (exit code 3) before anything is served. */
export class StoreUnusable extends Error {
  override readonly name = "StoreUnusable";
  /** The file, or host and database. Never holds a password. */
  readonly where: string;
  /** What to do about it, a sentence. */
  readonly remedy: string;

  constructor(what: string, where: string, remedy: string, cause?: unknown) {
    super(`${where}: ${what}. ${remedy}`, cause === undefined ? undefined : { cause });
    this.where = where;
    this.remedy = remedy;
  }
}

import { randomBytes } from "node:crypto";
import { crowding } from "../call/crowding.ts";
import { Fault } from "../call/fault.ts";
import { type Principal, whose } from "../call/principal.ts";

/** A legacy session of a client with the gate: bound to who opened it and where. */
export interface Session<T> {
  readonly id: string;
  readonly principal: Principal;
  readonly address: string;
  readonly value: T;
}

interface Kept<T> extends Session<T> {
  touched_ms: number;
  busy: number;
  /** When the last of the tokens ends that came with it, ms of the wall clock. */
  expires: number;
}

export interface SessionLimits {
  readonly sessions: number;
  readonly session_idle_ms: number;
}

/**
 * The sessions of one gate process. A session that is unknown, over, somebody else's or of another address answers
 * alike (404), so that an id proves nothing. `now` is monotonic milliseconds.
 */
export class Sessions<T> {
  readonly #kept = new Map<string, Kept<T>>();
  readonly #limits: SessionLimits;
  readonly #now: () => number;
  readonly #ended: (value: T) => void;

  constructor(limits: SessionLimits, now: () => number, ended: (value: T) => void) {
    this.#limits = limits;
    this.#now = now;
    this.#ended = ended;
  }

  get size(): number {
    return this.#kept.size;
  }

  all(): readonly T[] {
    return [...this.#kept.values()].map(({ value }) => value);
  }

  /**
   * Where the bound is reached, what has been silent for too long makes room, else a session of whoever has more than who comes.
   * Throws Fault `too-many` where there is none.
   */
  open(principal: Principal, address: string, make: (id: string) => T): Session<T> {
    if (this.#kept.size >= this.#limits.sessions) this.sweep();
    if (this.#kept.size >= this.#limits.sessions) this.#makeRoom(principal);
    if (this.#kept.size >= this.#limits.sessions) {
      throw new Fault(
        "too-many",
        `This gate holds ${this.#limits.sessions} sessions, which is its bound. Try again later.`,
      );
    }
    const id = randomBytes(24).toString("base64url");
    const { expires = Infinity } = principal;
    const touched_ms = this.#now();
    const session: Kept<T> = { id, principal, address, value: make(id), touched_ms, busy: 0, expires };
    this.#kept.set(id, session);
    return session;
  }

  /** MCP 2025-11-25 transports, session management: 400 where the header is missing, 404 where the session is not. */
  find(id: string | undefined, principal: Principal, address: string): Session<T> {
    if (id === undefined || id === "") {
      throw new Fault("session-missing", "Mcp-Session-Id is required: begin with `initialize`.");
    }
    const session = this.#kept.get(id);
    if (
      session === undefined ||
      session.address !== address ||
      session.principal.id !== principal.id ||
      session.principal.tenant !== principal.tenant
    ) {
      throw new Fault("session-unknown", "No such session: begin a new one with `initialize`.");
    }
    session.touched_ms = this.#now();
    session.expires = Math.max(session.expires, principal.expires ?? Infinity);
    return session;
  }

  /** Keeps a session from idling out while something is under way; call what it gives when that is over. */
  hold(id: string): () => void {
    const session = this.#kept.get(id);
    if (session === undefined) return () => undefined;
    session.busy += 1;
    return () => {
      session.busy -= 1;
      session.touched_ms = this.#now();
    };
  }

  close(id: string): void {
    const session = this.#kept.get(id);
    if (session === undefined) return;
    this.#kept.delete(id);
    this.#ended(session.value);
  }

  /** The principals of sessions, as `tenant/id`, and the credentials they were opened with that can be taken back by themselves. */
  credentials(): readonly string[] {
    return [...this.#kept.values()].flatMap(({ principal }) =>
      principal.credential === undefined ? [whose(principal)] : [whose(principal), principal.credential],
    );
  }

  /** Ends what was opened with a credential, or by a principal. */
  closeOf(what: string): void {
    for (const { id, principal } of this.#kept.values())
      if (principal.credential === what || whose(principal) === what) this.close(id);
  }

  /** Ends what no token is good for any more. `at` is ms of the wall clock. */
  expire(at: number): void {
    for (const { id, expires } of this.#kept.values()) if (expires <= at) this.close(id);
  }

  /** Nobody keeps others out by having many: one of theirs ends, of those in which nothing is under way the longest silent. */
  #makeRoom(coming: Principal): void {
    const those = crowding([...this.#kept.values()], ({ principal }) => principal, coming);
    const [first] = those.toSorted(
      (a, b) => Number(a.busy > 0) - Number(b.busy > 0) || a.touched_ms - b.touched_ms,
    );
    if (first !== undefined) this.close(first.id);
  }

  /** Ends what has been silent for longer than the limit. */
  sweep(): void {
    const before = this.#now() - this.#limits.session_idle_ms;
    for (const session of this.#kept.values()) {
      if (session.busy === 0 && session.touched_ms < before) this.close(session.id);
    }
  }

  closeAll(): void {
    for (const id of this.#kept.keys()) this.close(id);
  }
}

import type { Instant, NoticeId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import { once } from "./once.ts";

/** One notice on its way to one channel. */
export interface Letter {
  readonly id: NoticeId;
  readonly tenant: TenantId;
  readonly at: Instant;
  /** `approval.asked`, `approval.decided`, `limit.alert`, `violation`, `upstream.down`, … */
  readonly topic: string;
  /** The id of what it is about: `apr_…`, `call_…`, the name of a server, or "". */
  readonly about: string;
  /** A channel: `slack://ops-channel`, `mailto:ana@example.com`. */
  readonly to: string;
  /** Of several letters of a tenant with the same key to the same channel only the first is kept. */
  readonly dedupe?: string;
  /** How long the key holds; without it as long as letters are kept. */
  readonly cooldown_ms?: number;
  /** What templates show. No arguments of calls, no secrets. */
  readonly data: JsonObject;
}

/** A letter as the outbox has it. */
export interface Posted extends Letter {
  readonly state: "due" | "sent" | "dead";
  /** How often it was taken to be sent. */
  readonly attempts: number;
  /** When it may be taken next; while somebody has it, when the lease runs out. */
  readonly due_at: Instant;
  /** Why it was not sent the last time, or "". */
  readonly why: string;
  /** When it was sent, or given up. */
  readonly ended_at?: Instant;
}

/** A letter under a lease: whoever has it, by this attempt, says what came of it. */
type Due = Pick<Posted, "id" | "attempts">;

export interface OutboxFilter {
  readonly tenant?: TenantId;
  readonly state?: Posted["state"];
  /** Older than this one. */
  readonly before?: NoticeId;
  /** At most `MAX_LETTERS`. */
  readonly limit: number;
}

/** Letters that one `list` gives at most. */
export const MAX_LETTERS = 500;

/** How long letters, and keys that have no time of their own, are kept after their end. */
export const KEPT_MS = 30 * 86_400_000;

/**
 * Notices that wait to be sent, at least once each. Letters of whoever writes them together with something else are put
 * by `sqlitePut` and `postgresPut` in that transaction. `now` is the wall clock of the caller.
 */
export interface Outbox {
  /** Durable when it resolves. Rejects with RangeError where a letter is larger than may be. */
  put(letters: readonly Letter[]): Promise<void>;
  /**
   * The letters that are due, oldest first, each given to nobody else before `lease_ms` are over. Who does not say in
   * time what came of one, because it died, leaves it to the next.
   */
  take(now: Instant, limit: number, lease_ms: number): Promise<readonly Posted[]>;
  /** Sent. False, here and below, where the lease ran out and somebody else has it, or it has ended. */
  done(due: Due, now: Instant): Promise<boolean>;
  /** Not sent, to be tried again at that time. */
  retry(due: Due, at: Instant, why: string): Promise<boolean>;
  /** Not tried yet, after all: due again at that time, and the attempt does not count. */
  defer(due: Due, at: Instant, why: string): Promise<boolean>;
  /** What waits for a channel is due no earlier than then. */
  hold(to: string, until: Instant): Promise<void>;
  /** Given up. */
  dead(due: Due, now: Instant, why: string): Promise<boolean>;
  /** Sends a dead letter again, from the first attempt. False where it is none. */
  again(id: NoticeId, now: Instant): Promise<boolean>;
  /** Newest first. */
  list(filter: OutboxFilter): Promise<readonly Posted[]>;
  /** How many wait. */
  waiting(): Promise<number>;
  /** Forgets letters that ended, and keys that ran out, before then. */
  sweep(before: Instant): Promise<void>;
}

/** A letter as its row; `key` is "" where it has none. */
export interface LetterRow {
  readonly id: string;
  readonly tenant: string;
  readonly at: number;
  readonly topic: string;
  readonly about: string;
  readonly recipient: string;
  readonly dedupe: string;
  readonly data: string;
  readonly key: string;
  readonly until: number;
}

/** Characters of a letter's data as JSON, and of each of its other texts. */
const MAX_DATA = 16_384;
const MAX_TEXT = 2_048;

/** PostgreSQL takes neither NUL nor halves of a character. */
function storable(text: string): string {
  if (text.length > MAX_TEXT)
    throw new RangeError(`A notice's text of ${text.length} characters is too long.`);
  return text.replaceAll("\0", "").toWellFormed();
}

/** The row of a letter. Throws RangeError where it is larger than may be. */
export function letterRow(letter: Letter): LetterRow {
  const { id, at, dedupe = "", cooldown_ms = KEPT_MS } = letter;
  const data = JSON.stringify(letter.data);
  if (data.length > MAX_DATA)
    throw new RangeError(`A notice with ${data.length} characters of data is too large.`);
  const [tenant, topic, about] = [storable(letter.tenant), storable(letter.topic), storable(letter.about)];
  const [recipient, name] = [storable(letter.to), storable(dedupe)];
  const key = name === "" ? "" : JSON.stringify([tenant, recipient, name]);
  return { id, tenant, at, topic, about, recipient, dedupe: name, data, key, until: at + cooldown_ms };
}

/** What engines give of a letter. */
export interface PostedRow extends Omit<LetterRow, "key" | "until"> {
  readonly state: Posted["state"];
  readonly attempts: number;
  readonly due_at: number;
  readonly why: string;
  readonly ended_at: number | null;
}

export function postedOf(row: PostedRow): Posted {
  const { recipient, dedupe, data, ended_at, ...rest } = row;
  return {
    ...rest,
    id: row.id as NoticeId,
    to: recipient,
    ...(dedupe !== "" && { dedupe }),
    data: JSON.parse(data) as JsonObject,
    ...(ended_at !== null && { ended_at }),
  };
}

/** Why something was not sent, as it is kept: one bounded line. */
export function whyText(why: string): string {
  return why
    .slice(0, 500)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .toWellFormed();
}

/** An outbox whose engine is loaded with the first use: most processes never ask. */
export function outboxLater(load: () => Promise<Outbox>): Outbox {
  const engine = once(load);
  return {
    put: async (letters) => await (await engine()).put(letters),
    take: async (now, limit, lease_ms) => await (await engine()).take(now, limit, lease_ms),
    done: async (due, now) => await (await engine()).done(due, now),
    retry: async (due, at, why) => await (await engine()).retry(due, at, why),
    defer: async (due, at, why) => await (await engine()).defer(due, at, why),
    hold: async (to, until) => await (await engine()).hold(to, until),
    dead: async (due, now, why) => await (await engine()).dead(due, now, why),
    again: async (id, now) => await (await engine()).again(id, now),
    list: async (filter) => await (await engine()).list(filter),
    waiting: async () => await (await engine()).waiting(),
    sweep: async (before) => await (await engine()).sweep(before),
  };
}

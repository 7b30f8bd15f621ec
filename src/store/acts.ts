import type { ActId, Instant } from "../call/id.ts";
import { isObject, type JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";

/** Something that was done to the gate itself, or tried: a key made, a tenant suspended, a sign-in. Immutable once written. */
export interface Act {
  readonly kind: "act";
  readonly id: ActId;
  readonly at: Instant;
  /** Who did it; "" is the gate itself, or somebody unknown. */
  readonly principal: string;
  /** Dotted words, the thing first: `key.made`, `signin.failed`. */
  readonly action: string;
  /** What it was done to: an id or a name. */
  readonly object: string;
  readonly outcome: "ok" | "refused";
  /** Small, without secrets, and with no more of a person than is needed. */
  readonly detail: JsonObject;
}

/** An act as it is on record. */
export interface ActRecord {
  readonly tenant: TenantId;
  /** Where it stands among acts. For `ActFilter.after`. */
  readonly position: number;
  readonly act: Act;
}

interface ActFilter {
  /** Acts at or after this. */
  readonly since?: Instant;
  /** Exactly this one, or with a dot at its end all that begin so: `key.`. */
  readonly action?: string;
  /** For following: the first `limit` acts after this position; nothing is skipped, whoever writes at the time. */
  readonly after?: number;
  /** At most `MAX_ACTS`. Without `after` the newest `limit` are given, oldest first. */
  readonly limit: number;
}

/** Which acts are looked for; what is named must be so. */
interface ActQuery {
  readonly since?: Instant;
  /** Acts before this. */
  readonly until?: Instant;
  /** As in `ActFilter`. */
  readonly action?: string;
  readonly order: "newest" | "oldest";
  /** Acts beyond this one, in that order. */
  readonly beyond?: ActId;
  /** At most `MAX_ACTS`. */
  readonly limit: number;
}

/** Acts that one `list` or `find` gives at most. */
export const MAX_ACTS = 10_000;

/** A tenant's acts. There is no way to an act of another tenant. */
export interface Acts {
  /**
   * Resolves when the act is on disk. Rejects with JournalUnavailable when it cannot be written now, with RangeError
   * where it is larger than may be.
   */
  write(act: Act): Promise<void>;
  list(filter: ActFilter): Promise<readonly ActRecord[]>;
  /** Looks for acts, a page at a time, by the time at which they were done. */
  find(query: ActQuery): Promise<readonly ActRecord[]>;
}

const MAX_TEXT = 2_048;
const MAX_DETAIL = 16_384;

/** In the order of the cells. `seq` is the position, given by the database. */
export const ACT_COLUMNS = [
  "tenant",
  "id",
  "at",
  "principal",
  "action",
  "object",
  "outcome",
  "detail",
] as const;

/** A row of `acts` as both engines give it. */
export interface ActRow {
  readonly seq: number;
  readonly tenant: string;
  readonly id: string;
  readonly at: number;
  readonly principal: string;
  readonly action: string;
  readonly object: string;
  readonly outcome: string;
  readonly detail: string;
}

function storable(text: string, what: string): string {
  if (text.length > MAX_TEXT)
    throw new RangeError(`An act's ${what} of ${text.length} characters is too long.`);
  return text.replaceAll("\0", "").toWellFormed();
}

/** The row of an act, in the order of `ACT_COLUMNS`. Throws RangeError where it is larger than may be. */
export function actCells(tenant: TenantId, act: Act): readonly (string | number)[] {
  if (!/^[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+$/.test(act.action))
    throw new RangeError(`"${act.action}" is no dotted word for an act.`);
  const detail = JSON.stringify(act.detail);
  if (detail.length > MAX_DETAIL)
    throw new RangeError(`An act with ${detail.length} characters of detail is too large.`);
  const [principal, object] = [storable(act.principal, "principal"), storable(act.object, "object")];
  return [tenant, act.id, act.at, principal, storable(act.action, "action"), object, act.outcome, detail];
}

/** A detail that is no JSON object any more was tampered with: say so, and keep the rest readable. */
function detailOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {}
  return { unreadable: true };
}

export function actRecord({ seq, tenant, id, detail, outcome, ...rest }: ActRow): ActRecord {
  const act: Act = Object.freeze({
    kind: "act",
    id: id as ActId,
    ...rest,
    outcome: outcome as Act["outcome"],
    detail: detailOf(detail),
  });
  return Object.freeze({ tenant, position: seq, act });
}

/** The pattern of `like` for an action, or null for all. Actions hold no `%`; `_` is taken for itself. */
export function actionPattern(action: string | undefined): string | null {
  if (action === undefined) return null;
  const plain = action.replaceAll(/[\\%_]/g, String.raw`\$&`);
  return plain.endsWith(".") ? `${plain}%` : plain;
}

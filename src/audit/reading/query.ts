import { callOfRequest, type Instant } from "../../call/id.ts";
import type { CallQuery } from "../../store/journal/found.ts";
import { type Entry, findingsOf, keptText } from "./entry.ts";

/**
 * What somebody looks for in the records of a tenant: the one model behind `logs`, `audit`, `export` and the API. All that is
 * named must be so.
 */
export interface RecordQuery {
  /** Calls, acts, or both. */
  readonly kinds: "calls" | "acts" | "all";
  /** At or after this, and before that. */
  readonly since?: Instant;
  readonly until?: Instant;
  readonly principal?: string;
  /** `name/version`, or the name. */
  readonly client?: string;
  readonly server?: string;
  readonly method?: string;
  readonly tool?: string;
  /** Tool, prompt or resource. */
  readonly target?: string;
  readonly verdict?: CallQuery["verdict"];
  readonly rule?: string;
  readonly status?: CallQuery["status"];
  readonly classification?: string;
  /** The class of something that a guard found: `secret`, `pii`, … */
  readonly finding?: string;
  /** A question to people that a call waited for, or was let through by. */
  readonly approval?: string;
  /** The session it was asked in. */
  readonly session?: string;
  /** What its HTTP exchange was called: `X-Request-Id`. */
  readonly request?: string;
  /** What an act was: `key.made`, or `key.` for all that begin so. */
  readonly action?: string;
  /** Stands somewhere in what is kept, in capitals or not. */
  readonly text?: string;
  readonly order: "newest" | "oldest";
}

/** What only calls have: who names any of it looks for no acts. */
const OF_CALLS = [
  "client",
  "server",
  "method",
  "tool",
  "target",
  "verdict",
  "rule",
  "status",
  "classification",
  "finding",
  "approval",
  "session",
  "request",
] as const satisfies readonly (keyof RecordQuery)[];

export function wantsCalls({ kinds, action }: RecordQuery): boolean {
  return kinds !== "acts" && action === undefined;
}

export function wantsActs(query: RecordQuery): boolean {
  return query.kinds !== "calls" && OF_CALLS.every((name) => query[name] === undefined);
}

/** What of a query the store finds calls by. */
export function callQuery(query: RecordQuery): Omit<CallQuery, "limit" | "beyond"> {
  const { since, until, principal, client, server, method, tool, target, verdict, rule, status, order } =
    query;
  const { session, request } = query;
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(principal !== undefined && { principal }),
    ...(client !== undefined && { client }),
    ...(server !== undefined && { server }),
    ...(method !== undefined && { method }),
    ...(tool !== undefined
      ? { target: tool, target_kind: "tool" as const }
      : target !== undefined && { target }),
    ...(verdict !== undefined && { verdict }),
    ...(rule !== undefined && { rule }),
    ...(status !== undefined && { status }),
    ...(session !== undefined && { session }),
    ...(request !== undefined && { request }),
    order,
  };
}

/** Whether a text stands somewhere in an entry as it is kept. */
function holds(entry: Entry, text: string): boolean {
  const { record } = entry;
  const kept =
    "opened" in record
      ? [record.opened, record.closed?.detail]
      : [record.act.principal, record.act.action, record.act.object, record.act.detail];
  // As JSON writes it, so that quotes and line ends are found too.
  return JSON.stringify(kept).toLowerCase().includes(JSON.stringify(text).slice(1, -1).toLowerCase());
}

/** Whether a call is of that tool, prompt or resource, as far as who asks may see of which it is. */
function isOf({ record }: Entry, target: string): boolean {
  return "opened" in record && record.opened.target === target;
}

/** Whether an entry that the store gave is what is looked for, in what the store does not look at. */
export function isWanted(
  entry: Entry,
  query: RecordQuery,
  seen: (entry: Entry) => Entry = (each) => each,
): boolean {
  if (query.text !== undefined && !holds(seen(entry), query.text)) return false;
  if (query.target !== undefined && !isOf(seen(entry), query.target)) return false;
  const { record } = entry;
  if (!("opened" in record)) return query.principal === undefined || record.act.principal === query.principal;
  const { classification, finding, approval, tool, target } = query;
  return (
    (finding === undefined || findingsOf(record).some((each) => each.class === finding)) &&
    (classification === undefined || keptText(record, "classification") === classification) &&
    (approval === undefined || keptText(record, "approval") === approval) &&
    (tool === undefined || target === undefined || target === tool)
  );
}

/** Whether the store alone knows what is wanted, so that a page is full when it has as many as were asked for. */
export function isPlain({ text, classification, finding, approval }: RecordQuery): boolean {
  return [text, classification, finding, approval].every((each) => each === undefined);
}

/** Whether a call that was not found but followed is what is looked for. */
export function isFollowed(entry: Entry, query: RecordQuery): boolean {
  if (!isWanted(entry, query)) return false;
  const { record, at } = entry;
  if (!("opened" in record)) return query.action === undefined || isAction(record.act.action, query.action);
  if (query.since !== undefined && at < query.since) return false;
  const { opened } = record;
  const { client, status, request, since: _, until: __, order: ___, ...exact } = callQuery(query);
  return (
    (status === undefined || record.status === status) &&
    (request === undefined || opened.request === request || opened.call === callOfRequest(request)) &&
    (client === undefined || opened.client === client || opened.client.startsWith(`${client}/`)) &&
    Object.entries(exact).every(([name, value]) => opened[name as keyof typeof exact] === value)
  );
}

function isAction(action: string, asked: string): boolean {
  return asked.endsWith(".") ? action.startsWith(asked) : action === asked;
}

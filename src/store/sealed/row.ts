import { isObject, type Json, type JsonObject } from "../../call/json.ts";
import type { Closed, Opened } from "../store.ts";
import type { Subject } from "./sealer.ts";

/** The key under which what is sealed stands. Its token says for whom (`kid`). */
export const SEALED = "sealed";
/** Stands in what is read where the key of what was sealed is gone. */
export const ERASED = "erased";

/** What of a detail stays in clear: what is needed without the key, and says nothing of a person. Everything else is sealed. */
const CLEAR: ReadonlySet<string> = new Set([
  "mode",
  "roles",
  "intent",
  "source",
  "trail",
  "findings",
  "cause",
  "approval",
  "classification",
  "fault",
  "task",
  "task_until",
  "own_task",
]);

interface Parted {
  readonly clear: Record<string, Json | undefined>;
  readonly hidden: JsonObject;
}

function parted(detail: JsonObject): Parted {
  const clear: Record<string, Json | undefined> = {};
  const hidden: Record<string, Json | undefined> = {};
  for (const key in detail) {
    const value = detail[key];
    if (value !== undefined) (CLEAR.has(key) ? clear : hidden)[key] = value;
  }
  return { clear, hidden };
}

/** What was sealed, or undefined where it cannot be read any more. */
export function unsealed(token: string, subject: Subject | undefined): JsonObject | undefined {
  if (subject === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(subject.unseal(token));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // altered: what verifies the log says so
  }
}

export function textOf(value: Json | undefined, other: string): string {
  return typeof value === "string" ? value : other;
}

/**
 * An opening as it is kept: who asks is an id, the digest of the arguments is a commitment, as is the address of a resource, and
 * what else is personal is one token in `detail.sealed`.
 */
export function sealOpened(event: Opened, subject: Subject): Opened {
  const { clear, hidden } = parted(event.detail);
  const { target, target_kind, args_digest } = event;
  const personal = target_kind === "resource";
  const whole = personal ? { args_digest, target, detail: hidden } : { args_digest, detail: hidden };
  clear[SEALED] = subject.seal(JSON.stringify(whole));
  return {
    ...event,
    principal: subject.id,
    target: personal ? subject.commit(target) : target,
    args_digest: subject.commit(args_digest),
    detail: clear,
  };
}

/** The opening as it was; where the key is gone, as it is kept, and `detail.erased`. */
export function unsealOpened(event: Opened, subject: Subject | undefined): Opened {
  const { [SEALED]: token, ...clear } = event.detail;
  if (typeof token !== "string") return event;
  const known = unsealed(token, subject);
  if (known === undefined) return Object.freeze({ ...event, detail: { ...clear, [ERASED]: true } });
  const { args_digest, target, detail } = known;
  return Object.freeze({
    ...event,
    principal: subject?.name ?? event.principal,
    target: textOf(target, event.target),
    args_digest: textOf(args_digest, event.args_digest),
    detail: { ...clear, ...(isObject(detail) && detail) },
  });
}

/** An end as it is kept. The digest of the answer stays a commitment: who has the answer and the key can compare. */
export function sealClosed(event: Closed, subject: Subject): Closed {
  const { clear, hidden } = parted(event.detail);
  const { answer_digest } = event;
  const isEmpty = Object.keys(hidden).length === 0;
  if (!isEmpty) clear[SEALED] = subject.seal(JSON.stringify(hidden));
  return {
    ...event,
    answer_digest: answer_digest === "" ? "" : subject.commit(answer_digest),
    detail: clear,
  };
}

export function unsealClosed(event: Closed, subject: Subject | undefined): Closed {
  const { [SEALED]: token, ...clear } = event.detail;
  if (typeof token !== "string") return event;
  const hidden = unsealed(token, subject);
  return Object.freeze({ ...event, detail: { ...clear, ...(hidden ?? { [ERASED]: true }) } });
}

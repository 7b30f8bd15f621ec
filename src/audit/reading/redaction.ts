import { createHmac } from "node:crypto";
import { isObject, type Json, type JsonObject } from "../../call/json.ts";
import { DETECTORS } from "../../detect/detectors.ts";
import { views } from "../../detect/views/views.ts";
import type { Act } from "../../store/acts.ts";
import type { Opened } from "../../store/store.ts";
import type { Redaction } from "../form/forms.ts";
import { actEntry, callEntry, type Entry, stepsOf } from "./entry.ts";

/** Gives an entry as it may be let out. */
export type Redact = (entry: Entry) => Entry;

/** What of details was said by the gate alone. Everything else people, models or servers said, or quotes them. */
const OF_GATE: ReadonlySet<string> = new Set([
  "mode",
  "classification",
  "intent",
  "roles",
  "source",
  "credential",
  "trail",
  "findings",
  "cause",
  "approval",
  "grant",
  "fault",
  "exit_code",
]);
const SEARCHED = DETECTORS.filter(({ name }) => name === "pii" || name === "secrets");
const LEAST_SCORE = 0.5;

/** A text with what detectors take for personal data, or for a secret, replaced by what it is: `[REDACTED:SSN]`. */
export function masked(text: string, name?: string): string {
  // Of what is shorter nothing is known to be personal.
  if (text.length < 5) return text;
  const ways = views(text);
  const found = SEARCHED.flatMap((guard) =>
    guard.find(ways, { role: "text", ...(name !== undefined && { name }) }),
  )
    .filter(({ score }) => score >= LEAST_SCORE)
    .map(({ span, kind, class: of }) => ({ ...span, mark: `[REDACTED:${(kind ?? of).toUpperCase()}]` }))
    .toSorted((a, b) => a.from - b.from || b.until - a.until);
  let kept = "";
  let done = 0;
  for (const { from, until, mark } of found) {
    if (from < done) {
      done = Math.max(done, until);
      continue;
    }
    kept += text.slice(done, from) + mark;
    done = until;
  }
  return found.length === 0 ? text : kept + text.slice(done);
}

function maskedJson(value: Json, name?: string): Json {
  if (typeof value === "string") return masked(value, name);
  if (typeof value === "number") {
    const text = masked(String(value), name);
    return text === String(value) ? value : text;
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((each) => maskedJson(each, name));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskedJson(each ?? null, key)]));
}

function withoutPayload(detail: JsonObject): JsonObject {
  const kept = Object.fromEntries(Object.entries(detail).filter(([name]) => OF_GATE.has(name)));
  // Why a stage said what it did may quote what it saw.
  const trail = stepsOf(detail).map((step) =>
    Object.fromEntries(Object.entries(step).filter(([name]) => name !== "why")),
  );
  return "trail" in kept ? { ...kept, trail } : kept;
}

function maskedPayload(detail: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name,
      OF_GATE.has(name) && name !== "trail" ? (value ?? null) : maskedJson(value ?? null, name),
    ]),
  );
}

/** The same person under the same key always has the same pseudonym. */
function pseudonyms(key: Uint8Array): (principal: string) => string {
  return (principal) =>
    principal === ""
      ? ""
      : `person_${createHmac("sha256", key).update(`portcullis pseudonym\n${principal}`).digest("base64url").slice(0, 22)}`;
}

/** What goes with an identity, and tells of it. */
function withoutIdentity(detail: JsonObject): JsonObject {
  const { roles: _, credential: __, ...rest } = detail;
  return rest;
}

/** Acts tell of people in many ways: of their details nothing is let out where payloads are not. */
function redactAct(act: Act, level: Redaction, pseudonym: (principal: string) => string): Act {
  if (level === "personal") return { ...act, detail: maskedJson(act.detail) as JsonObject };
  const people =
    level === "identity" ? { principal: pseudonym(act.principal), object: pseudonym(act.object) } : {};
  return { ...act, ...people, detail: {} };
}

/** What lets entries out at a level. `key`: what pseudonyms are made with; without it `identity` takes principals away. */
export function redaction(level: Redaction, key: Uint8Array | undefined): Redact {
  if (level === "none") return (entry) => entry;
  const pseudonym = key === undefined ? () => "" : pseudonyms(key);
  const strip = (detail: JsonObject): JsonObject => {
    if (level === "personal") return maskedPayload(detail);
    const bare = withoutPayload(detail);
    return level === "identity" ? withoutIdentity(bare) : bare;
  };
  const target = (opened: Opened): string => {
    if (level === "personal") return masked(opened.target);
    // The address of a resource is what was read.
    return opened.target_kind === "resource" ? "" : opened.target;
  };
  return (entry) => {
    if (entry.kind === "act")
      return actEntry({ ...entry.record, act: redactAct(entry.record.act, level, pseudonym) });
    const { closed } = entry.record;
    // What an exchange and a session are called leads to who asked.
    const { session: _, request: __, ...bare } = entry.record.opened;
    const opened = level === "identity" ? bare : entry.record.opened;
    return callEntry({
      ...entry.record,
      opened: {
        ...opened,
        target: target(opened),
        detail: strip(opened.detail),
        ...(level === "identity" && { principal: pseudonym(opened.principal) }),
      },
      closed: closed === undefined ? undefined : { ...closed, detail: strip(closed.detail) },
    });
  };
}

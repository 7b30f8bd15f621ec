import { readClass } from "../call/classification.ts";
import type { Call, Target } from "../call/call.ts";
import { isObject, type Json, type JsonObject, member } from "../call/json.ts";
import { type Principal, saysHow } from "../call/principal.ts";
import type { Finding } from "../call/verdict.ts";
import type { Remains } from "../policy/remains.ts";
import type { CallRecord } from "../store/store.ts";

/** What was decided when the call came, and by whom. */
interface Decided {
  /** `hold` whatever people then said: they were asked, and that is what a policy can change. */
  readonly verdict: "allow" | "deny" | "hold";
  readonly rule: string;
  /** People let it through. */
  readonly approved: boolean;
  /**
   * `policy`: the rules did. `limit`: they allowed it, and a limit was used up. `hidden`: they hide the target. `beside`:
   * a check that no policy changes. `either`: it was answered as unknown, and the record does not say whether policy hides
   * it or the server does not have it.
   */
  readonly by: "policy" | "limit" | "hidden" | "beside" | "either";
}

/** A recorded call that can be judged again, as far as it was kept. */
export interface Recorded {
  readonly record: CallRecord;
  readonly decided: Decided;
  /** What was judged; of a subscription to resources, the subscription and each of them. Undefined: `unreadable` says why. */
  readonly asked: readonly Remains[] | undefined;
  readonly unreadable: string | undefined;
}

const EVERYTHING: readonly string[] = Object.freeze([""]);
/** Findings that records from before `judged_on` keep at most. */
const FINDINGS = 50;

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function touched({ target, target_kind }: CallRecord["opened"]): Target {
  switch (target_kind) {
    case "tool":
    case "prompt":
      return { kind: target_kind, name: target };
    case "resource":
      return { kind: "resource", uri: target };
    case "task":
      return { kind: "task", id: target };
    case "none":
      return { kind: "none" };
  }
}

function findingsOf(value: Json | undefined): readonly Finding[] {
  return Array.isArray(value) ? (value.filter(isObject) as unknown as readonly Finding[]) : [];
}

function clientOf(text: string): Call["client"] {
  const slash = text.lastIndexOf("/");
  return slash === -1 ? undefined : { name: text.slice(0, slash), version: text.slice(slash + 1) };
}

/** Principals are many times the same; rules remember what they found out about one. */
function principals(): (record: CallRecord) => Principal {
  const known = new Map<string, Principal>();
  return ({ tenant, opened: { principal: id, detail } }) => {
    const source = member(detail, "source");
    const roles = texts(member(detail, "roles"));
    const judged_on = member(detail, "judged_on");
    const [scopes, amr] = [texts(member(judged_on, "scopes")), texts(member(judged_on, "amr"))];
    const [acr, auth_at] = [member(judged_on, "acr"), member(judged_on, "auth_at")];
    const address = member(judged_on, "address");
    const key = JSON.stringify([tenant, id, source, roles, scopes, amr, acr, auth_at, address]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const made: Principal = {
      id,
      tenant,
      roles,
      scopes,
      source: source as Principal["source"],
      amr,
      ...(typeof acr === "string" && { acr }),
      ...(typeof address === "string" && { address }),
      ...(typeof auth_at === "number" && { auth_at }),
    };
    if (known.size >= 1_000) known.clear();
    known.set(key, made);
    return made;
  };
}

/** Names that were cut or changed when they were written down may have been any others. */
function isWhole(name: string): boolean {
  return !name.includes("\u2400") && !(name.length > 1_024 && name.endsWith("…"));
}

function wasApproved({ verdict, detail }: CallRecord["opened"]): boolean {
  return verdict === "allow" && member(detail, "approval") !== undefined;
}

/** Whether it passed because people let it: this one call, or all like it for a time. */
export function neededPeople(opened: CallRecord["opened"]): boolean {
  return wasApproved(opened) || member(opened.detail, "grant") !== undefined;
}

function decidedBy({ opened }: CallRecord): Decided {
  const { verdict, rule, rule_source, detail } = opened;
  const cause = member(detail, "cause");
  const approved = wasApproved(opened);
  const by = (): Decided["by"] => {
    if (verdict !== "deny" || cause === "not-approved") return "policy";
    if (cause === "limit") return "limit";
    if (rule_source === "stage" && cause === "hidden") {
      const judged_on = member(detail, "judged_on");
      if (judged_on === undefined) return "either";
      return member(judged_on, "hidden") === true ? "hidden" : "beside";
    }
    return rule_source === opened.policy_version || rule_source === "policy" ? "policy" : "beside";
  };
  const people = approved || cause === "not-approved";
  return { verdict: people ? "hold" : verdict, rule, approved, by: by() };
}

function remainsOf({ opened }: CallRecord, principal: Principal): Remains {
  const { detail } = opened;
  const judged_on = member(detail, "judged_on");
  const args = member(detail, "args");
  const old = judged_on === undefined;
  const names = member(judged_on, "resource_args");
  const findings = findingsOf(member(detail, "findings"));
  const missing: Remains["missing"][number][] = [];
  if (old && principal.source === "host") missing.push("scopes");
  if (saysHow(principal))
    for (const what of ["amr", "acr", "auth_at"] as const)
      if (member(judged_on, what) === undefined) missing.push(what);
  if (old ? findings.length >= FINDINGS : member(judged_on, "more_findings") === true)
    missing.push("findings");
  const annotations = member(judged_on, "annotations");
  const said = member(judged_on, "classification");
  const classification = readClass(said);
  if (old ? opened.client.split("/").length > 2 : member(judged_on, "odd_client") === true)
    missing.push("client");
  const lost = old ? EVERYTHING : texts(member(judged_on, "lost"));
  return {
    call: {
      id: opened.call,
      at: opened.at,
      principal,
      client: clientOf(opened.client),
      era: opened.era,
      server: opened.server,
      method: opened.method,
      target: touched(opened),
      args: isObject(args) ? args : {},
      meta: {},
      inexact: texts(member(judged_on, "inexact")),
      ...(classification !== undefined && { classification }),
      ...(isObject(annotations) && { annotations }),
    },
    ...(said === undefined && { unclassified: true }),
    findings,
    granted: member(detail, "grant") === undefined ? undefined : opened.rule,
    resource_args: old || names === null ? undefined : texts(names),
    // Of arguments that are not there, nothing is known but that there were some.
    lost,
    missing,
    size_bytes: opened.size_bytes,
  };
}

const LISTENING = "subscriptions/listen";

/** A subscription was judged as such, then once more for each resource that it asks for. */
function followed(remains: Remains): readonly Remains[] | undefined {
  const { call, lost } = remains;
  const whole: Remains = { ...remains, call: { ...call, target: { kind: "none" } } };
  const asked = "/notifications/resourceSubscriptions";
  if (lost.some((place) => asked.startsWith(place) || place.startsWith(asked))) return undefined;
  const uris = texts(member(member(call.args, "notifications"), "resourceSubscriptions"));
  return [
    whole,
    ...uris.map((uri) => ({ ...remains, call: { ...call, target: { kind: "resource", uri } as const } })),
  ];
}

/** Reads records back into what was judged. Pure but for what it remembers of principals. */
export function recordedCalls(): (record: CallRecord) => Recorded {
  const principalOf = principals();
  return (record) => {
    const { opened } = record;
    const decided = decidedBy(record);
    const given = { record, decided };
    const names = [opened.principal, opened.server, opened.method, opened.target, opened.client];
    if (!names.every(isWhole))
      return { ...given, asked: undefined, unreadable: "a name was cut when it was written down" };
    if (member(opened.detail, "unreadable") === true)
      return { ...given, asked: undefined, unreadable: "the record cannot be read any more" };
    const remains = remainsOf(record, principalOf(record));
    if (opened.method !== LISTENING) return { ...given, asked: [remains], unreadable: undefined };
    const asked = followed(remains);
    return {
      ...given,
      asked,
      unreadable: asked === undefined ? "which resources it follows was not kept" : undefined,
    };
  };
}

/** `files read_file`, for a reader. */
export function targetOf({ server, target, method }: CallRecord["opened"]): string {
  return `${server} ${target === "" ? method : target}`.trim();
}

/** The arguments as they were kept, for a reader; undefined where none were. */
export function keptArgs({ opened }: CallRecord): JsonObject | undefined {
  const args = member(opened.detail, "args");
  return isObject(args) ? args : undefined;
}

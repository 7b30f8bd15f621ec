import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import type { Finding } from "../call/verdict.ts";
import { AnnotationFacts } from "./annotations.ts";
import {
  ClientFacts,
  classOf,
  type Facts,
  factsOf,
  findingFacts,
  measure,
  PrincipalFacts,
  type Raise,
  readable,
  riskOf,
  type Variables,
} from "./facts.ts";
import { resourceValues, spelledOut } from "./resource-values.ts";

/** What is left of a call that was judged once. */
export interface Remains {
  /** With arguments as they were kept, marks in the place of what was not. */
  readonly call: Call;
  readonly findings: readonly Finding[];
  /** The rule under which access was granted, where the call passed by that. */
  readonly granted: string | undefined;
  /** The arguments of the call that are resources; undefined where that is not known. */
  readonly resource_args: readonly string[] | undefined;
  /** JSON Pointers into `call.args` of what is not there as it was; "" is all of it. */
  readonly lost: readonly string[];
  /** What else is not known. */
  readonly missing: readonly ("scopes" | "amr" | "acr" | "auth_at" | "client" | "findings")[];
  /** What its data was said to be is not known. */
  readonly unclassified?: true;
  /** Bytes of the request: the arguments were no more. */
  readonly size_bytes: number;
}

/** Facts that stop whoever looks at what is not known. */
export interface RemainingFacts {
  readonly facts: Facts;
  /** The call as far as it is known. */
  readonly call: Call;
  /** What somebody looked at in vain since this was asked last; undefined where everything was there. */
  looked(): string | undefined;
  /** The arguments are not all there, so how large they were is known from above only. */
  readonly partial: boolean;
}

/** Stops whoever looks; `what` is what was looked at. */
type Veil = (what: string) => never;

class NotKept extends Error {
  override readonly name = "NotKept";
}

function cover(target: object, name: string, what: string, veil: Veil): void {
  Object.defineProperty(target, name, { enumerable: true, configurable: true, get: () => veil(what) });
}

function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A member or an element, or undefined where there is none. */
function inside(value: unknown, step: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, step)
    ? (value as Readonly<Record<string, unknown>>)[step]
    : undefined;
}

/** A copy of the arguments in which each lost place is covered; undefined where there is no such place to cover. */
function covered(args: JsonObject, lost: readonly string[], veil: Veil): JsonObject | undefined {
  const copy = structuredClone(args);
  const deepest_first = lost.map(stepsOf).toSorted((a, b) => b.length - a.length);
  for (const steps of deepest_first) {
    const last = steps.at(-1);
    let at: unknown = copy;
    for (const step of steps.slice(0, -1)) at = inside(at, step);
    if (last === undefined || typeof at !== "object" || at === null || !Object.hasOwn(at, last))
      return undefined;
    cover(at, last, `args.${steps.join(".")}`, veil);
  }
  return copy;
}

function coveredCall({ call, lost, missing }: Remains, veil: Veil): Call {
  const gone = (["scopes", "amr", "acr", "auth_at"] as const).filter((name) => missing.includes(name));
  const principal = gone.length > 0 ? { ...call.principal } : call.principal;
  for (const name of gone) cover(principal, name, `principal.${name}`, veil);
  const args = lost.length === 0 ? call.args : covered(call.args, lost, veil);
  const copy = { ...call, principal, args: args ?? call.args };
  if (args === undefined) cover(copy, "args", "args", veil);
  if (missing.includes("client")) cover(copy, "client", "client", veil);
  return copy;
}

function variablesOf(
  { findings, missing }: Remains,
  call: Call,
  resources: () => readonly string[],
  shadowed: boolean,
  veil: Veil,
): Variables {
  const { target, principal } = call;
  const who = Object.create(PrincipalFacts.prototype) as PrincipalFacts;
  Object.defineProperties(who, {
    amr: { value: [] },
    acr: { value: "" },
    address: { value: "" },
    ...Object.getOwnPropertyDescriptors(principal),
    auth_time: { get: () => new Date(principal.auth_at ?? 0) },
  });
  const known = missing.includes("findings") ? undefined : findings;
  return {
    get args() {
      return shadowed ? readable(call.args) : call.args;
    },
    principal: who,
    get client() {
      return new ClientFacts(call.client?.name ?? "", call.client?.version ?? "");
    },
    tenant: principal.tenant,
    server: call.server,
    method: call.method,
    era: call.era,
    tool: target.kind === "tool" ? target.name : "",
    prompt: target.kind === "prompt" ? target.name : "",
    get resource() {
      return resources()[0] ?? "";
    },
    annotations: new AnnotationFacts(call.annotations),
    now: new Date(call.at),
    get findings() {
      return known?.map(findingFacts) ?? veil("findings");
    },
    get risk() {
      return known === undefined ? veil("findings") : riskOf(known);
    },
  };
}

/** Lists that are not known are taken for no longer than this. */
const UNKNOWN_WIDTH = 10_000;

/** The facts of a call that was judged once, as far as they were kept. Nothing can look at the rest unnoticed. */
export function remainingFacts(remains: Remains, raise?: Raise): RemainingFacts {
  const { lost, missing, findings, resource_args, size_bytes } = remains;
  if (lost.length + missing.length === 0 && resource_args !== undefined && !remains.unclassified) {
    const facts = factsOf(remains.call, findings, resource_args, raise);
    return { facts, call: remains.call, looked: () => undefined, partial: false };
  }
  let vain: string | undefined;
  const veil: Veil = (what) => {
    vain ??= what;
    throw new NotKept(what);
  };
  const call = coveredCall(remains, veil);
  const names = (): readonly string[] => resource_args ?? veil("resource_args");
  const found = () => resourceValues(call, call.target.kind === "tool" ? names() : []);
  const resources = (): readonly string[] => found().values;
  const { roles, scopes, amr = [] } = remains.call.principal;
  const wide = missing.some((what) => what !== "client") ? UNKNOWN_WIDTH : 1;
  const width = Math.max(wide, findings.length, roles.length, scopes.length, amr.length);
  const kept = measure(remains.call.args, width);
  const volume =
    lost.length === 0
      ? kept
      : { ...kept, units: kept.units + 2 * size_bytes, widest: Math.max(kept.widest, size_bytes) };
  const facts: Facts = {
    call,
    get resourceArgs() {
      return names();
    },
    resources,
    spellings: () => spelledOut(found()),
    resourcesAreText: () => found().text,
    variables: () => variablesOf(remains, call, resources, kept.shadowed, veil),
    volume: () => volume,
    classification() {
      if (remains.unclassified || missing.includes("findings")) return veil("classification");
      return classOf(call, findings, raise?.(facts));
    },
  };
  const looked = (): string | undefined => {
    const what = vain;
    vain = undefined;
    return what;
  };
  return { facts, call, looked, partial: lost.length > 0 || missing.length > 0 };
}

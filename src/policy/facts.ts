import { type Call, targetName } from "../call/call.ts";
import { type Json, type JsonObject } from "../call/json.ts";
import { classOfFindings, type DataClass, higher, UNCLASSIFIED } from "../call/classification.ts";
import type { Principal } from "../call/principal.ts";
import type { Finding } from "../call/verdict.ts";
import { AnnotationFacts } from "./annotations.ts";
import { type ResourceValues, resourceValues, spelledOut } from "./resource-values.ts";

/** What a condition can see of a principal; a type of its own, so that a misspelt member is an error at load. */
export class PrincipalFacts {
  readonly id: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly source: string;
  readonly amr: readonly string[];
  readonly acr: string;
  /** Empty where nobody knows. */
  readonly address: string;
  /** The beginning of 1970 where nobody says when they signed in: longer ago than any rule asks. */
  readonly auth_time: Date;
  constructor({
    id,
    tenant,
    roles,
    scopes,
    source,
    amr = [],
    acr = "",
    address = "",
    auth_at = 0,
  }: Principal) {
    this.id = id;
    this.tenant = tenant;
    this.roles = roles;
    this.scopes = scopes;
    this.source = source;
    this.amr = amr;
    this.acr = acr;
    this.address = address;
    this.auth_time = new Date(auth_at);
  }
}

/** What a condition can see of a client: what the client says of itself, or empty text. */
export class ClientFacts {
  readonly name: string;
  readonly version: string;
  constructor(name: string, version: string) {
    this.name = name;
    this.version = version;
  }
}

/** The variables of a condition. */
export interface Variables {
  readonly args: JsonObject;
  readonly principal: PrincipalFacts;
  readonly client: ClientFacts;
  readonly tenant: string;
  readonly server: string;
  readonly method: string;
  readonly era: string;
  readonly tool: string;
  readonly prompt: string;
  readonly resource: string;
  readonly annotations: AnnotationFacts;
  readonly now: Date;
  readonly findings: readonly Readonly<Record<string, string>>[];
  /** 0 to 100: that of the gravest finding. */
  readonly risk: bigint;
}

/** How much there is to look at: members and elements, the largest list or map among them, and characters of text. */
export interface Volume {
  readonly units: number;
  readonly widest: number;
  /** A member is called `__proto__`, which no two readers take alike. */
  readonly odd: boolean;
  /** A member is called `constructor`, by which the condition language would tell the type of what holds it. */
  readonly shadowed: boolean;
}

/** A call as rules see it. What only some rules need is worked out when the first of them asks. */
export interface Facts {
  readonly call: Call;
  /** Names of the arguments that are resources, for a tool call. */
  readonly resourceArgs: readonly string[];
  /** The resource's URI; of a tool call, the values of its resource arguments, one entry for each scalar. */
  resources(): readonly string[];
  /** The resources in every spelling that a server may take for the same. */
  spellings(): readonly string[];
  /** False where a resource argument is neither text nor number nor a list of such. */
  resourcesAreText(): boolean;
  variables(): Variables;
  volume(): Volume;
  /** What its data is: the highest of what the call, findings and rules say. */
  classification(): DataClass;
}

const RISK = { low: 25n, medium: 50n, high: 75n, critical: 100n } as const;

/** 0 to 100: that of the gravest finding. */
export function riskOf(findings: readonly Finding[]): bigint {
  let risk = 0n;
  for (const { severity } of findings) if (RISK[severity] > risk) risk = RISK[severity];
  return risk;
}

/** What a condition can see of a finding. */
export function findingFacts(finding: Finding): Readonly<Record<string, string>> {
  const { guard, severity, path = "", kind = "", action = "" } = finding;
  return { guard, class: finding.class, severity, path, kind, action };
}

/** How much there is to look at in `root`; `wide` is the width of what else there is. */
export function measure(root: Json, wide: number): Volume {
  let units = 0;
  let widest = wide;
  let odd = false;
  let shadowed = false;
  const waiting: (Json | undefined)[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    units += 1;
    if (typeof value === "string") units += value.length;
    if (typeof value !== "object" || value === null) continue;
    const inside = Array.isArray(value) ? (value as readonly Json[]) : Object.values(value);
    if (!Array.isArray(value)) {
      for (const key of Object.keys(value)) units += key.length;
      odd ||= Object.hasOwn(value, "__proto__");
      shadowed ||= Object.hasOwn(value, "constructor");
    }
    if (inside.length > widest) widest = inside.length;
    for (const each of inside) if (each !== undefined) waiting.push(each);
  }
  return { units, widest, odd, shadowed };
}

/** Arguments as the condition language reads them: where a member is called `constructor`, what holds it is a map. */
export function readable<T extends Json | undefined>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(readable) as unknown as T;
  const members = Object.entries(value as JsonObject).map(
    ([name, inside]) => [name, readable(inside)] as const,
  );
  const holds = Object.hasOwn(value, "constructor");
  return (holds ? new Map(members) : Object.fromEntries(members)) as unknown as T;
}

/** What rules say the data of a call is. */
export type Raise = (facts: Facts) => DataClass | undefined;

/** The highest of what is said; where nobody says anything, internal. */
export function classOf(
  { classification }: Call,
  findings: readonly Finding[],
  raised: DataClass | undefined,
): DataClass {
  return higher(higher(classification, classOfFindings(findings)), raised) ?? UNCLASSIFIED;
}

/** A class because closures for each call would cost more than most rules. */
class CallFacts implements Facts {
  readonly call: Call;
  readonly resourceArgs: readonly string[];
  readonly #findings: readonly Finding[];
  #known: ResourceValues | undefined;
  #variables: Variables | undefined;
  #volume: Volume | undefined;
  #spelled: readonly string[] | undefined;
  #class: DataClass | undefined;
  readonly #raise: Raise | undefined;

  constructor(
    call: Call,
    findings: readonly Finding[],
    resourceArgs: readonly string[],
    raise: Raise | undefined,
  ) {
    this.#raise = raise;
    this.call = call;
    this.#findings = findings;
    this.resourceArgs = resourceArgs;
  }

  get #resources(): ResourceValues {
    return (this.#known ??= resourceValues(this.call, this.resourceArgs));
  }

  resources(): readonly string[] {
    return this.#resources.values;
  }

  spellings(): readonly string[] {
    return (this.#spelled ??= spelledOut(this.#resources));
  }

  resourcesAreText(): boolean {
    return this.#resources.text;
  }

  classification(): DataClass {
    return (this.#class ??= classOf(this.call, this.#findings, this.#raise?.(this)));
  }

  variables(): Variables {
    return (this.#variables ??= this.#read());
  }

  volume(): Volume {
    const { roles, scopes, amr = [] } = this.call.principal;
    return (this.#volume ??= measure(
      this.call.args,
      Math.max(1, this.#findings.length, roles.length, scopes.length, amr.length),
    ));
  }

  #read(): Variables {
    const { call } = this;
    return {
      args: this.volume().shadowed ? readable(call.args) : call.args,
      principal: new PrincipalFacts(call.principal),
      client: new ClientFacts(call.client?.name ?? "", call.client?.version ?? ""),
      tenant: call.principal.tenant,
      server: call.server,
      method: call.method,
      era: call.era,
      tool: call.target.kind === "tool" ? (targetName(call.target) ?? "") : "",
      prompt: call.target.kind === "prompt" ? (targetName(call.target) ?? "") : "",
      resource: this.#resources.values[0] ?? "",
      annotations: new AnnotationFacts(call.annotations),
      now: new Date(call.at),
      findings: this.#findings.map(findingFacts),
      risk: riskOf(this.#findings),
    };
  }
}

/** The facts of one call. `raise`: what rules say its data is. `resourceArgs` are the names that its server's configuration gives. */
export function factsOf(
  call: Call,
  findings: readonly Finding[],
  resourceArgs: readonly string[],
  raise?: Raise,
): Facts {
  return new CallFacts(call, findings, resourceArgs, raise);
}

import type { Ask } from "../call/ask.ts";
import type { Era } from "../call/call.ts";
import type { DataClass } from "../call/classification.ts";
import type { Access } from "../call/grant.ts";
import type { Action, Direction, GuardName, MaskKind } from "../call/guard.ts";
import type { Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Finding } from "../call/verdict.ts";
import type { SignInDemand } from "../call/verdict.ts";
import type { Condition } from "./condition.ts";
import type { Hours } from "./hours.ts";
import type { Limit } from "./limit.ts";

/** One policy file as it was read. `file` is the name to show, `text` its content. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** What `match` can look at in this version, in the order in which differences are reported. */
export const MATCH_KEYS = [
  "server",
  "tool",
  "prompt",
  "method",
  "era",
  "tenant",
  "principal",
  "role",
  "scope",
  "resource",
  "classification",
] as const;
export type MatchKey = (typeof MATCH_KEYS)[number];

/** Globs, any of which may match, under each key that the rule names; a key that is absent matches everything. */
export type Match = { readonly [Key in MatchKey]?: readonly string[] };

/** What a rule does to a call that it matches. */
export type Effect =
  | { readonly kind: "allow" }
  | {
      readonly kind: "deny";
      readonly why: string;
      readonly instead: string | undefined;
      /** It denies outside of these only. */
      readonly except: Hours | undefined;
      /** How whoever it denies may sign in instead. */
      readonly sign_in?: SignInDemand;
    }
  /** People may let somebody do what it matches for a time; by itself it neither allows nor denies. */
  | { readonly kind: "access"; readonly access: Access }
  /** People must approve what it matches; by that it stands for an allow. */
  | { readonly kind: "ask"; readonly ask: Ask; readonly instead: string | undefined }
  | { readonly kind: "limit"; readonly limit: Limit; readonly why: string | undefined }
  /** Guards mask these kinds in what matches. */
  | {
      readonly kind: "mask";
      readonly kinds: readonly MaskKind[];
      readonly direction: Direction | "both";
    }
  /** The data of what matches is of this class, or a higher one. */
  | { readonly kind: "classify"; readonly class: DataClass }
  /** What findings of these guards lead to in what matches. */
  | { readonly kind: "guard"; readonly names: readonly GuardName[]; readonly action: Action };

/** One rule, frozen: what the files say, checked, with nothing left to look up. */
export interface Rule {
  readonly name: string;
  /** `policy/main.yaml:12`. */
  readonly at: string;
  readonly match: Match;
  readonly when: Condition | undefined;
  readonly effect: Effect;
}

/** A call written down beside the rules, and the verdict that its author wants. */
export interface Test {
  readonly name: string;
  readonly at: string;
  readonly call: TestCall;
  /** The rules under which the principal was granted access. */
  readonly granted: readonly string[];
  /** What guards found in the call. */
  readonly findings: readonly Finding[];
  readonly expect: {
    readonly verdict: "allow" | "deny" | "hold";
    readonly rule: string | undefined;
    /** The rules that must ask people, and no others. */
    readonly asks: readonly string[] | undefined;
    /** What each of these asks of whom, in the words of `askText`. */
    readonly terms: Readonly<Record<string, string>> | undefined;
    /** The rules whose limits the call must be charged to, and no others. */
    readonly limits: readonly string[] | undefined;
    /** How much each of these limits is, as its rule says it: `100/hour`. */
    readonly amounts: Readonly<Record<string, string>> | undefined;
  };
}
interface TestCall {
  readonly server: string;
  readonly method: string;
  readonly target:
    | { readonly kind: "tool" | "prompt"; readonly name: string }
    | { readonly kind: "resource"; readonly uri: string }
    | { readonly kind: "none" };
  readonly args: JsonObject;
  readonly principal: Principal;
  readonly annotations?: JsonObject;
  readonly era: Era;
  /** Undefined where the test does not care when the call happens. */
  readonly instant: Instant | undefined;
}

/** Everything that the files of a policy say. */
export interface RuleSet {
  /** `sha256:…` over the texts in their order. */
  readonly version: string;
  readonly default: "allow" | "deny";
  /** In the order of the files; names are unique. */
  readonly rules: readonly Rule[];
  readonly tests: readonly Test[];
}

import type { Charge } from "../call/charge.ts";
import { rejudging, type Rejudged } from "../policy/rejudge.ts";
import type { RuleSet } from "../policy/rule.ts";
import type { Taken } from "../store/counters/claim.ts";
import { countersInMemory } from "./counters.ts";
import type { Recorded } from "./recorded.ts";

/** What becomes, or became, of a call. */
export type Outcome =
  | {
      readonly kind: "allow" | "deny" | "hold";
      readonly rule: string;
      /** What the rules alone say: a call that they do not refuse may still be refused by a limit. */
      readonly ruled: "allow" | "deny" | "hold";
      /** It was refused by a check that no policy changes. */
      readonly beside: boolean;
      readonly charges: readonly Charge[];
      readonly taken: Taken | undefined;
    }
  | { readonly kind: "undecidable"; readonly rule: string; readonly looked: string };

/** What becomes of recorded calls, one after the other in the order of time. */
export type Outcomes = (recorded: Recorded) => Outcome;

const NOTHING: readonly Charge[] = Object.freeze([]);

function plain(kind: "allow" | "deny" | "hold", rule: string, ruled = kind, beside = false): Outcome {
  return { kind, rule, ruled, beside, charges: NOTHING, taken: undefined };
}

/** As it was decided when the calls came. */
export const asDecided: Outcomes = ({ decided: { verdict, rule, by } }) =>
  plain(verdict, rule, by === "limit" ? "allow" : verdict, by === "beside");

/** Of several questions about one call a no to any decides; else what cannot be decided; else one for people; else the first. */
function together(said: readonly Rejudged[]): Rejudged | undefined {
  return (
    said.find(({ kind }) => kind === "deny") ??
    said.find(({ kind }) => kind === "undecidable") ??
    said.find(({ kind }) => kind === "hold") ??
    said[0]
  );
}

/** As a policy decides it. What limits allow is counted from the first call that is asked about. */
export function underPolicy(set: RuleSet): Outcomes {
  const rejudge = rejudging(set);
  const counters = countersInMemory();
  return (recorded) => {
    const { asked, decided, record, unreadable } = recorded;
    if (decided.by === "beside") return plain("deny", decided.rule, "deny", true);
    const said = asked === undefined ? undefined : together(asked.map(rejudge));
    if (said === undefined)
      return { kind: "undecidable", rule: "", looked: unreadable ?? "nothing was kept of it" };
    if (said.kind === "undecidable") return said;
    if (said.kind === "deny") return plain("deny", said.rule);
    if (decided.by === "either")
      return { kind: "undecidable", rule: "visibility", looked: "why it was answered as unknown" };
    const { kind, rule, charges } = said;
    // What is held takes of limits only once people let it through.
    const passed = kind === "allow" || decided.approved || decided.by === "limit";
    if (charges.length === 0 || !passed) return plain(kind, rule);
    const { opened, tenant } = record;
    const taken = counters.take({ tenant, call: opened.call, at: opened.at, charges }, record);
    const full = taken.kind === "full";
    return {
      kind: full ? "deny" : kind,
      rule: full ? taken.charge.rule : rule,
      ruled: kind,
      beside: false,
      charges,
      taken,
    };
  };
}

import type { Examined } from "../document/read.ts";
import type { SignInDemand } from "../call/verdict.ts";
import { readClass, UNCLASSIFIED } from "../call/classification.ts";
import { readDuration } from "../document/duration.ts";
import type { Problem } from "../document/problem.ts";
import { hoursOf } from "./hours.ts";
import type { Known } from "./impossible.ts";
import { limitOf } from "./limit.ts";
import { accessOf, offerOf } from "./access.ts";
import { askOf, termsOf } from "./question.ts";
import type { Effect, Match } from "./rule.ts";
import type { PolicyDocument, RuleDocument } from "./schema.ts";

/** What of a file has the right shape, and what is wrong with the rest and with what it says. */
export interface Reading {
  readonly file: string;
  readonly document: Examined<PolicyDocument>;
  readonly problems: Problem[];
}

/** A rule as it is written, and where what is wrong with it is told. */
interface Place {
  readonly written: RuleDocument;
  readonly index: number;
  readonly reading: Reading;
}

const EFFECTS = ["allow", "deny", "ask", "access", "hours", "limit", "mask", "guard", "classify"] as const;

/** Rules that owe people a reason. */
const REASONED: Partial<Record<(typeof EFFECTS)[number], string>> = {
  deny: "a rule that denies says why",
  ask: "a rule that asks says why",
  access: "a rule that offers access says why it has to be asked for",
};

function problem({ index, reading }: Place, path: readonly (string | number)[], ...said: Said): void {
  reading.problems.push(reading.document.problem(["rules", index, ...path], ...said));
}
type Said = [message: string, hint?: string | undefined, where?: "key"];

/** The one thing that a rule does. What is wrong with it is noted, and the rule then stands as it was meant. */
export function effectOf(
  written: RuleDocument,
  index: number,
  match: Match,
  known: Known,
  reading: Reading,
): Effect {
  const place = { written, index, reading };
  const { why, instead } = written;
  const [first, second] = EFFECTS.filter((key) => written[key] !== undefined);
  if (first === undefined) {
    const hint =
      "add `allow: true`, `deny: true` with `why`, `ask:` with `why`, `limit:`, `hours:`, `mask:`, `guard:` or `classify:`";
    problem(place, [], "does nothing: it neither allows, denies, asks nor limits", hint, "key");
    return { kind: "allow" };
  }
  if (second !== undefined)
    problem(
      place,
      [second],
      `the rule has \`${first}\` already, and does one thing`,
      "leave one of them out",
      "key",
    );
  if (instead !== undefined && first !== "deny" && first !== "ask" && first !== "hours")
    problem(place, ["instead"], "only a rule that denies or asks says what to do instead", undefined, "key");
  if (written.step_up !== undefined && first !== "deny")
    problem(place, ["step_up"], "only a rule that denies says how to sign in instead", undefined, "key");
  const reason = REASONED[first];
  // What seems to be missing may be what was left out for its shape.
  if (reason !== undefined && why === undefined && reading.document.whole(["rules", index]))
    problem(place, [first], reason, "add `why:` with a sentence for the model and its user", "key");
  switch (first) {
    case "allow":
      return { kind: "allow" };
    case "deny":
      return { kind: "deny", why: why ?? "", instead, except: undefined, ...signInOf(place) };
    case "ask":
      return askEffect(place, match, known);
    case "access":
      return accessEffect(place, match, known);
    case "hours":
      return hoursEffect(place);
    case "limit":
      return limitEffect(place);
    case "mask":
      return maskEffect(place);
    case "guard":
      return guardEffect(place);
    case "classify":
      return classifyEffect(place);
  }
}

/** How whoever is denied may sign in instead; what says nothing is a mistake. */
function signInOf(place: Place): { readonly sign_in?: SignInDemand } {
  const { step_up, when } = place.written;
  if (step_up === undefined) return {};
  const acr_values = typeof step_up.acr === "string" ? [step_up.acr] : (step_up.acr ?? []);
  const max_age_ms = step_up.max_age === undefined ? undefined : readDuration(step_up.max_age);
  if (acr_values.some((each) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(each)))
    problem(place, ["step_up", "acr"], "holds blanks, quotes or what is not ASCII");
  if (when === undefined)
    problem(
      place,
      ["step_up"],
      "without `when` nobody passes, however they sign in",
      "add `when: '!(principal.acr in [\"…\"])'`, or with `principal.amr`, `principal.auth_time`",
      "key",
    );
  const max_age_s = max_age_ms === undefined ? undefined : max_age_ms / 1_000;
  return { sign_in: Object.freeze({ acr_values: Object.freeze(acr_values), max_age_s }) };
}

/** Rules that guards carry out are asked before anything is looked at. */
function blind(place: Place): void {
  if (place.written.match?.classification !== undefined)
    problem(
      place,
      ["match", "classification"],
      "what the data is, is not known yet when a rule that masks, classifies or says what guards do is asked",
      "match by server, tool or resource",
      "key",
    );
  const seen = /\b(?:findings|risk)\b/.exec(place.written.when ?? "")?.[0];
  if (seen === undefined) return;
  const message = `\`${seen}\` is not known yet when a rule that masks, classifies or says what guards do is asked`;
  problem(place, ["when"], message, "deny, or ask, by a rule of its own");
}

function classifyEffect(place: Place): Effect {
  blind(place);
  return { kind: "classify", class: readClass(place.written.classify) ?? UNCLASSIFIED };
}

function maskEffect(place: Place): Effect {
  const { mask } = place.written;
  blind(place);
  return { kind: "mask", kinds: mask?.kinds ?? [], direction: mask?.direction ?? "both" };
}

function guardEffect(place: Place): Effect {
  const { guard } = place.written;
  blind(place);
  return { kind: "guard", names: guard?.names ?? [], action: guard?.action ?? "block" };
}

function askEffect(place: Place, match: Match, { unreachable }: Known): Effect {
  const { name, ask, when, why, instead } = place.written;
  const { terms, faults } = termsOf(ask ?? { approvers: 1 }, unreachable);
  for (const { path, message, hint } of faults) problem(place, ["ask", ...path], message, hint);
  return { kind: "ask", ask: askOf(name, match, when, why ?? "", terms), instead };
}

function accessEffect(place: Place, match: Match, { unreachable }: Known): Effect {
  const { name, access, when, why } = place.written;
  const { offer, faults } = offerOf(access ?? { approvers: 1 }, unreachable);
  for (const { path, message, hint } of faults) problem(place, ["access", ...path], message, hint);
  return { kind: "access", access: accessOf(name, match, when, why ?? "", offer) };
}

function hoursEffect(place: Place): Effect {
  const { hours, why, instead } = place.written;
  const read = hoursOf(hours ?? { allow: [] });
  if (!("message" in read)) {
    const reason = why === undefined ? "" : `${why} `;
    return { kind: "deny", why: `${reason}Open: ${read.text}.`, instead, except: Object.freeze(read) };
  }
  problem(place, ["hours", read.key], read.message, read.hint);
  return { kind: "deny", why: why ?? "", instead, except: undefined };
}

function limitEffect(place: Place): Effect {
  const { limit, why } = place.written;
  const per = typeof limit?.per === "string" ? [limit.per] : limit?.per;
  const read = limitOf({ ...limit, per }, place.reading.document.value.levels);
  if (!("message" in read)) return { kind: "limit", limit: read, why };
  const path = ["limit", ...(read.key === undefined ? [] : [read.key])];
  problem(place, path, read.message, read.hint, read.key === undefined ? "key" : undefined);
  return { kind: "allow" };
}

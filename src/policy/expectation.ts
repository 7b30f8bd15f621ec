import { isDeepStrictEqual } from "node:util";
import type { Ask } from "../call/ask.ts";
import type { Charge } from "../call/charge.ts";
import type { Verdict } from "../call/verdict.ts";
import { askText } from "./question.ts";
import type { Test } from "./rule.ts";

type Expected = Test["expect"];

function chargesOf(verdict: Verdict): readonly Charge[] {
  return verdict.kind === "deny" ? [] : (verdict.charges ?? []);
}

function asksOf(verdict: Verdict): readonly Ask[] {
  return verdict.kind === "hold" ? verdict.asks : [];
}

/** The rules whose limits a call is charged to, sorted, each once. */
function chargedRules(verdict: Verdict): readonly string[] {
  return [...new Set(chargesOf(verdict).map(({ rule }) => rule))].toSorted();
}

/** What is charged, in words; with the amounts where a test names them. */
export function chargedTo(verdict: Verdict, { amounts }: Expected): readonly string[] {
  if (amounts === undefined) return chargedRules(verdict);
  return chargesOf(verdict)
    .map(({ rule, says }) => `${rule} (${says})`)
    .toSorted();
}

/** Each name with what a test says of it, where it does. */
function detailed(
  names: readonly string[],
  details: Readonly<Record<string, string>> = {},
): readonly string[] {
  return names.map((name) => (Object.hasOwn(details, name) ? `${name} (${details[name]})` : name)).toSorted();
}

/** What a test wants charged, in words. */
export function wantedLimits({ limits, amounts }: Expected): readonly string[] | undefined {
  return limits && detailed(limits, amounts);
}

/** The beginning of what a rule says, up to the end of a word, is enough. */
function saysIt(says: string, wanted: string): boolean {
  return says === wanted || says.startsWith(`${wanted} `);
}

/** Whether what is charged is what a test says of it; the amounts too, where it names them. */
export function countedAs(verdict: Verdict, { limits, amounts }: Expected): boolean {
  if (limits === undefined) return true;
  if (!isDeepStrictEqual(chargedRules(verdict), limits.toSorted())) return false;
  const charges = chargesOf(verdict);
  return Object.entries(amounts ?? {}).every(([name, amount]) =>
    charges.some(({ rule, says }) => rule === name && saysIt(says, amount)),
  );
}

/** What is asked of whom, in words; with the terms where a test names them. */
export function askedBy(verdict: Verdict, { terms }: Expected): readonly string[] {
  return asksOf(verdict)
    .map((ask) => (terms === undefined ? ask.rule : `${ask.rule} (${askText(ask)})`))
    .toSorted();
}

/** What a test wants asked, in words. */
export function wantedAsks({ asks, terms }: Expected): readonly string[] | undefined {
  return asks && detailed(asks, terms);
}

/** Whether those who are asked are those that a test names; and by its terms, where it says them. */
export function asksAs(verdict: Verdict, { asks, terms = {} }: Expected): boolean {
  if (asks === undefined) return true;
  const asked = asksOf(verdict);
  const names = asked.map(({ rule }) => rule).toSorted();
  if (!isDeepStrictEqual(names, [...new Set(asks)].toSorted())) return false;
  return asked.every((ask) => {
    const wanted = Object.hasOwn(terms, ask.rule) ? terms[ask.rule] : undefined;
    return wanted === undefined || saysIt(askText(ask), wanted.trim());
  });
}

/** Whether a verdict is the one that a test wants. */
export function isWanted(verdict: Verdict, expect: Expected): boolean {
  const named = expect.rule === undefined || expect.rule === verdict.rule.rule;
  return verdict.kind === expect.verdict && named && asksAs(verdict, expect) && countedAs(verdict, expect);
}

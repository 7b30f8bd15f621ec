import { isDeepStrictEqual } from "node:util";
import type { Verdict } from "../call/verdict.ts";
import type { Test } from "./rule.ts";

/** The rules whose limits an allowed call is charged to, sorted, each once. */
function chargedRules(verdict: Verdict): readonly string[] {
  const charges = verdict.kind === "allow" ? (verdict.charges ?? []) : [];
  return [...new Set(charges.map(({ rule }) => rule))].toSorted();
}

/** What is charged, in words; with the amounts where a test names them. */
export function chargedTo(verdict: Verdict, { amounts }: Test["expect"]): readonly string[] {
  const charges = verdict.kind === "allow" ? (verdict.charges ?? []) : [];
  if (amounts === undefined) return chargedRules(verdict);
  return charges.map(({ rule, says }) => `${rule} (${says})`).toSorted();
}

/** What a test wants charged, in words. */
export function wantedLimits({ limits, amounts }: Test["expect"]): readonly string[] | undefined {
  return limits
    ?.map((name) => (amounts?.[name] === undefined ? name : `${name} (${amounts[name]})`))
    .toSorted();
}

/** Whether what is charged is what a test says of it; the amounts too, where it names them. */
export function countedAs(verdict: Verdict, { limits, amounts }: Test["expect"]): boolean {
  if (limits === undefined) return true;
  if (!isDeepStrictEqual(chargedRules(verdict), limits.toSorted())) return false;
  const charges = verdict.kind === "allow" ? (verdict.charges ?? []) : [];
  return Object.entries(amounts ?? {}).every(([name, amount]) =>
    charges.some(({ rule, says }) => rule === name && (says === amount || says.startsWith(`${amount} `))),
  );
}

/** Whether a verdict is the one that a test wants. */
export function isWanted(verdict: Verdict, expect: Test["expect"]): boolean {
  const named = expect.rule === undefined || expect.rule === verdict.rule.rule;
  return verdict.kind === expect.verdict && named && countedAs(verdict, expect);
}

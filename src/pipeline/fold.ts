import type { Edit, Finding, Refusal } from "../call/verdict.ts";
import type { Ruling, Step } from "./stage.ts";

/** One stage's turn at a value: what it is called, what its throw means, what it says. */
export interface Turn<T> {
  readonly stage: string;
  readonly broken: "stop" | "pass";
  readonly rule: (value: T) => Ruling | Promise<Ruling>;
}

export interface Folded<T> {
  readonly value: T;
  /** One batch a stage that rewrote; each batch refers to what the one before it left. */
  readonly edits: readonly (readonly Edit[])[];
  readonly stopped: Refusal | undefined;
  readonly findings: readonly Finding[];
  readonly trail: Step[];
}

/** What a stage that must not be skipped leaves behind when it throws. */
function broke(stage: string): Refusal {
  return {
    kind: "deny",
    rule: { source: "stage", rule: stage },
    cause: { kind: "broken", stage },
    why: `The check \`${stage}\` could not be carried out, and nothing passes unchecked.`,
  };
}

/**
 * The only loop over stages. Each sees what the ones before it made of the value; the first that stops ends it.
 * Promises are awaited only where a stage gives one, so a chain of plain checks costs no turn of the event loop.
 */
export async function fold<T>(
  value: T,
  turns: readonly Turn<T>[],
  apply: (value: T, edits: readonly Edit[]) => T,
  now: () => number,
): Promise<Folded<T>> {
  const edits: (readonly Edit[])[] = [];
  const findings: Finding[] = [];
  const trail: Step[] = [];
  let seen = value;
  for (const { stage, broken, rule } of turns) {
    const began = now();
    let ruling: Ruling | "broken";
    try {
      const said = rule(seen);
      ruling = said instanceof Promise ? await said : said;
      if (ruling.kind === "rewrite") seen = apply(seen, ruling.edits);
    } catch {
      ruling = "broken";
    }
    const us = Math.round((now() - began) * 1000);
    if (ruling === "broken") {
      trail.push({ stage, said: "broken", us });
      if (broken === "stop") return { value: seen, edits, stopped: broke(stage), findings, trail };
      continue;
    }
    const step: Step = { stage, said: ruling.kind, us };
    const why = ruling.kind === "skip" ? { why: ruling.why } : undefined;
    const { detail } = ruling;
    trail.push(
      why === undefined && detail === undefined ? step : { ...step, ...why, ...(detail && { detail }) },
    );
    if (ruling.findings !== undefined) findings.push(...ruling.findings);
    if (ruling.kind === "rewrite") edits.push(ruling.edits);
    if (ruling.kind === "stop") return { value: seen, edits, stopped: ruling.refusal, findings, trail };
  }
  return { value: seen, edits, stopped: undefined, findings, trail };
}

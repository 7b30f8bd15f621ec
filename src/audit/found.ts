import type { Finding } from "../call/verdict.ts";

/** Findings that a record keeps of one way. */
export const FINDINGS = 50;

/** What guards found, as a record keeps it: what it quotes stands apart, because it is kept as arguments are. */
export interface KeptFindings {
  readonly findings: readonly Finding[] | undefined;
  /** Of each finding, in their order. */
  readonly excerpts: readonly string[] | undefined;
}

/** At most 50 findings, and what they quote. Absent is what there is none of. */
export function keptFindings(all: readonly Finding[]): KeptFindings {
  if (all.length === 0) return { findings: undefined, excerpts: undefined };
  const kept = all.slice(0, FINDINGS);
  const quoted = kept.some(({ excerpt }) => excerpt !== undefined);
  return {
    findings: kept.map(({ excerpt: _excerpt, ...rest }) => rest),
    excerpts: quoted ? kept.map(({ excerpt = "" }) => excerpt) : undefined,
  };
}

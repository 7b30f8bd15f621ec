import { PII } from "../src/detect/pii/pii.ts";
import { views } from "../src/detect/views/views.ts";
import type { Row } from "./corpus.ts";

/** Kinds of the data, and what the guard calls them. */
const KINDS: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: "email",
  CREDIT_CARD: "credit_card",
  IBAN_CODE: "iban",
  US_SSN: "ssn",
  PHONE_NUMBER: "phone",
  IP_ADDRESS: "ip",
};

/** A date is one of birth where the guard says so rightly; that it is one is not labelled. */
const ALSO_RIGHT: Readonly<Record<string, string>> = { date_of_birth: "DATE_TIME" };

export interface Spanned extends Row {
  readonly spans?: readonly (readonly [from: number, until: number, kind: string])[];
}

/** Whether a text holds personal data that has a form. */
export const isPersonal = ({ spans }: Spanned): boolean =>
  spans?.some(([, , kind]) => Object.hasOwn(KINDS, kind)) === true;

/** Of one kind: how many there are, how many of them were found, and how many findings of it there were, right ones among them. */
export interface Spans {
  readonly n: number;
  readonly found: number;
  readonly told: number;
  readonly right: number;
}

/** Span by span: found is what a finding of the kind overlaps, right is a finding that overlaps one of the kind. */
export function spansOf(rows: readonly Spanned[]): ReadonlyMap<string, Spans> {
  const counts = new Map<string, Spans>();
  const add = (kind: string, more: Partial<Spans>): void => {
    const { n, found, told, right } = counts.get(kind) ?? { n: 0, found: 0, told: 0, right: 0 };
    counts.set(kind, {
      n: n + (more.n ?? 0),
      found: found + (more.found ?? 0),
      told: told + (more.told ?? 0),
      right: right + (more.right ?? 0),
    });
  };
  for (const { text, spans = [] } of rows) {
    const labelled = spans.map(([from, until, kind]) => ({ from, until, label: kind, kind: KINDS[kind] }));
    const findings = PII.find(views(text), { role: "text" });
    const meets = (one: { from: number; until: number }, other: { from: number; until: number }): boolean =>
      one.from < other.until && other.from < one.until;
    for (const span of labelled) {
      if (span.kind === undefined) continue;
      const hit = findings.some((each) => each.kind === span.kind && meets(each.span, span));
      add(span.kind, { n: 1, found: hit ? 1 : 0 });
    }
    for (const { kind = "", span } of findings) {
      const right = labelled.some(
        (each) => (each.kind === kind || each.label === ALSO_RIGHT[kind]) && meets(each, span),
      );
      add(kind, { told: 1, right: right ? 1 : 0 });
    }
  }
  return counts;
}

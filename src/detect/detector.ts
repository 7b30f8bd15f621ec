import type { FindingClass } from "../call/guard.ts";
import type { JsonPath } from "../call/json.ts";
import type { Span, Views } from "./views/view.ts";

/** What the text is to the protocol: what may be said in it, and what is suspicious there, depends on it. */
export type Role = "argument" | "result" | "definition" | "resource" | "prompt" | "elicitation" | "text";

/** Where a text stands. */
export interface Field {
  readonly role: Role;
  /** The nearest member name: `command`, `description`. */
  readonly name?: string;
  readonly path?: JsonPath;
}

export type { FindingClass };

export type Severity = "low" | "medium" | "high" | "critical";

/** One thing found. `span` counts UTF-16 units of the original text and covers all that made the finding. */
export interface Found {
  readonly guard: string;
  readonly class: FindingClass;
  /** Which of its class, where that decides what is done: `email`, `credit_card`, `github`. */
  readonly kind?: string;
  readonly severity: Severity;
  /** 0 to 1; what a score means is calibrated per detector. */
  readonly score: number;
  readonly span: Span;
  /** A few words for people. Never what was found itself: a secret stays out of it. */
  readonly why: string;
}

/**
 * A guard as text in, findings out: pure, without state between texts, and linear in the text. `version` changes whenever the same
 * text could give other findings, for caches and records name it.
 */
export interface Detector {
  readonly name: string;
  readonly version: string;
  readonly classes: readonly FindingClass[];
  readonly find: (views: Views, field: Field) => readonly Found[];
}

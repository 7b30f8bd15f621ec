import type { Detector } from "../detector.ts";
import { lookAt } from "../look.ts";
import type { Making } from "../views/view.ts";
import { personalIn } from "./sweep.ts";

/** Readings that make figures of other signs, or of figures that stand apart: what they show is no number of anybody. */
const REWRITTEN: ReadonlySet<Making> = new Set<Making>(["leet", "spaced", "rot13", "reversed"]);

/**
 * Personal data that has a form: e-mail addresses, telephone numbers, cards, bank accounts, social security and national numbers,
 * passports, dates of birth, public internet addresses. Each finding's `kind` names which. Score: 0.9 and more where check digits are
 * right, 0.7 to 0.85 where form or the word before it tells. Names, places and organisations have no form and are not found.
 */
export const PII: Detector = {
  name: "pii",
  version: "2",
  classes: ["pii"],
  find: (views, { name }) =>
    lookAt("pii", views, (text, { made }) => (REWRITTEN.has(made) ? [] : personalIn(text, name))),
};

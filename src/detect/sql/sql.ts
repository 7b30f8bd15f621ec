import { briefViews } from "../brief.ts";
import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { isNamedFor, purposeOf } from "../purpose.ts";
import { type Rules, rulesOf, surest } from "../rule.ts";
import { SQL_ANYWHERE, SQL_FRAGMENTS, SQL_UNNAMED } from "./rules.ts";

const VALUE = rulesOf([...SQL_ANYWHERE, ...SQL_FRAGMENTS]);
const STATEMENT = rulesOf(SQL_ANYWHERE);
/** Begins as a statement, and nothing says whether it should. */
const UNNAMED = rulesOf([...SQL_ANYWHERE, ...SQL_UNNAMED]);

function injectedIn(text: string, rules: Rules): readonly Hit[] {
  const hit = surest(rules, text, "sql_injection");
  return hit === undefined ? [] : [hit];
}

/**
 * SQL in arguments that should be values. What is a whole statement, or stands in a field for one, is only looked at for what attacks
 * anywhere; documents and code are not looked at. One finding a reading of the text: the surest.
 */
export const SQL: Detector = {
  name: "sql",
  version: "3",
  classes: ["sql_injection"],
  find: (views, field) => {
    if (field.role !== "argument") return [];
    const purpose = purposeOf(views, field);
    if (purpose === "content" || purpose === "command") return [];
    const rules = purpose === "data" ? VALUE : isNamedFor("sql", field.name) ? STATEMENT : UNNAMED;
    return lookAt("sql", views, (text) => injectedIn(text, rules), briefViews(views));
  },
};

import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { purposeOf } from "../purpose.ts";
import { surest } from "../rule.ts";
import { SQL_ANYWHERE, SQL_FRAGMENTS } from "./rules.ts";

/** Without one of these nothing breaks out of a literal. */
const ANY =
  /['"`´’;#=<>@$|&(]|--|\/\*|\b(?:union|select|order|group|having|limit|drop|insert|delete|update|exec|declare|alter|create|truncate|bulk|shutdown|grant|handler|0x[\da-f]|between|like|is|rlike)\b|\d\s{1,12}(?:or|and)\b/i;

function injectedIn(text: string, whole: boolean): readonly Hit[] {
  if (!ANY.test(text)) return [];
  const hit = surest(whole ? SQL_ANYWHERE : [...SQL_ANYWHERE, ...SQL_FRAGMENTS], text, "sql_injection");
  return hit === undefined ? [] : [hit];
}

/**
 * SQL in arguments that should be values. What is a whole statement, or stands in a field for one, is only looked at for what attacks
 * anywhere; documents and code are not looked at. One finding a reading of the text: the surest.
 */
export const SQL: Detector = {
  name: "sql",
  version: "2",
  classes: ["sql_injection"],
  find: (views, field) => {
    if (field.role !== "argument") return [];
    const purpose = purposeOf(views, field);
    if (purpose === "content" || purpose === "command") return [];
    return lookAt("sql", views, (text) => injectedIn(text, purpose === "sql"));
  },
};

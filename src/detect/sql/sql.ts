import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { purposeOf } from "../purpose.ts";
import { surest } from "../rule.ts";
import { SQL_ANYWHERE, SQL_FRAGMENTS } from "./rules.ts";

/** Without one of these nothing breaks out of a literal. */
const ANY =
  /['"`´’;#=<>@$|&]|--|\/\*|\b(?:or|and|union|select|order|group|having|limit|sleep|benchmark|drop|insert|delete|update|exec|declare|alter|create|0x[\da-f])/i;

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
  version: "1",
  classes: ["sql_injection"],
  find: (views, field) => {
    if (field.role !== "argument") return [];
    const purpose = purposeOf(views.original.text, field);
    if (purpose === "content" || purpose === "command") return [];
    return lookAt("sql", views, (text) => injectedIn(text, purpose === "sql"));
  },
};

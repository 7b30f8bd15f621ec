import type { Hit } from "../look.ts";
import { isPlaceholder } from "./placeholder.ts";

function password(from: number, value: string, score: number, why: string): Hit {
  return {
    class: "secret",
    kind: "password",
    severity: "high",
    score,
    from,
    until: from + value.length,
    why,
  };
}

const USERINFO = /:\/\/([\w.%+~!$&*-]{0,80}):([^\s:/?#@"'<>\\[\]{}]{3,120})@(?=[A-Za-z0-9[$])/y;

/** A user and a password before the host of an address: `postgres://ana:…@db/orders`. `from` is where `://` stands. */
export function passwordInUrl(text: string, from: number): Hit | undefined {
  USERINFO.lastIndex = from;
  const [all, user = "", value = ""] = USERINFO.exec(text) ?? [];
  if (all === undefined || isPlaceholder(value) || /^\d+$/.test(value)) return undefined;
  const until = from + all.length - 1;
  return password(until - value.length, value, value === user ? 0.6 : 0.85, "a password in an address");
}

const ASSIGNED =
  /[\w.-]{0,24}["'`\]\\]{0,4}\s{0,12}(?:(?:=>|:=|[!=:]?==?|:)\s{0,4}(?:\\{0,2}["'`]([^"'`\\\s]{5,100})\\{0,2}["'`]|([^\s"'`<>,;&\\(){}[\]|]{6,64})(?=[\s"'`<,;&\\)}\]]|$))|is\s{1,3}\\?["'`]([^"'`\\\s]{5,64})\\?["'`]| ([\w!@#$%^&*+?~-]{6,64})(?=\s|$))/y;
const OPEN_TAIL =
  /^[\w.-]*(?:url|uri|file|path|name|hash|length|field|policy|type|input|label|id|reset|prompt|min|max|hint|algorithm|encoder|strength|confirm\w*|expir\w*|history|required|enabled|variable|env|ref|arn|manager|version)["'`\s:=]/i;
const ELSEWHERE =
  /^[\w-]+(?:\.[\w-]+)+$|^[\w.]+\(|^(?:https?|file|s3|arn|ssm|vault|op|env|secret|ref):|^[/.~#&%]|[/#]\w+$|^[A-Z_]+$/;

/** An option, or a line of a `.netrc`. */
const SPACED = /(?:^|\s)--?[\w-]{0,24}$|\blogin\s{1,4}\S{1,60}\s{1,4}password$/;

/** Whether a person would choose this as a password, and nobody would write it there for another reason. */
function isChosen(value: string, quoted: boolean): boolean {
  if (isPlaceholder(value) || ELSEWHERE.test(value) || !/[A-Za-z]/.test(value)) return false;
  return /\d/.test(value) || (quoted && /[!@#$%^&*+?~]/.test(value));
}

/** A word that a person chose, after a name that says password or secret. `from` is where the name ends. */
export function passwordAfter(text: string, from: number): Hit | undefined {
  ASSIGNED.lastIndex = from;
  const [all, quoted, bare, told, spaced] = ASSIGNED.exec(text) ?? [];
  const value = quoted ?? told ?? bare ?? spaced;
  if (all === undefined || value === undefined || OPEN_TAIL.test(all)) return undefined;
  const flag = spaced === undefined || SPACED.test(text.slice(Math.max(0, from - 100), from));
  if (!flag || !isChosen(value, bare === undefined)) return undefined;
  return password(
    from + all.lastIndexOf(value),
    value,
    quoted === undefined ? 0.7 : 0.8,
    "a value that is called a password",
  );
}

const USER =
  /\s{0,3}(?:"([^"\s]{0,80}:[^"\s]{3,120})"|'([^'\s]{0,80}:[^'\s]{3,120})'|([\w.@%{}+-]{0,80}:(?!\/\/)['"]?[^\s'"]{4,120})['"]?)/y;

/** `curl -u ana:…`: what stands after the option. */
export function passwordOfUser(text: string, from: number): Hit | undefined {
  USER.lastIndex = from;
  const [all, ...given] = USER.exec(text) ?? [];
  if (all === undefined || !/curl|http|wget/.test(text.slice(Math.max(0, from - 200), from)))
    return undefined;
  const value = given.find((one) => one !== undefined)?.replace(/^[^:]*:['"]?/, "") ?? "";
  if (value.length < 4 || isPlaceholder(value)) return undefined;
  return password(from + all.lastIndexOf(value), value, 0.8, "a user and a password for a request");
}

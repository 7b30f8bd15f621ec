import { isOpenName } from "./words.ts";

/** How surely what stands before a random word calls it a secret. */
export type Context = "named" | "key" | "near" | "issuer" | "open" | "none";

const NAMED =
  /pass(?:word|wd|phrase|code|_?key|wort)|(?:^|[^a-z])pass$|pwd|secret|token|api[_.-]?key|access[_.-]?key|auth|cred(?:s|ential)|bearer|private[_.-]?key|sign(?:ing|ature)?[_.-]?key|encrypt(?:ion)?[_.-]?key|master[_.-]?key|session[_.-]?(?:key|id)?$|account[_.-]?key|shared[_.-]?(?:access|key)|license[_.-]?key|(?:app|application|client|consumer|service|server|webhook|write|read|admin|deploy|ssh|storage|subscription|project|integration|team|account|user|rest|dev|prod|my|the|your)[_.-]?key|hmac|jwt|cookie|oauth|recovery|backup_?code|connection_?string|sas_|^sig$|(?:^|[_.-])pat$/i;
const NEAR =
  /pass(?:word|wd|phrase)|secret|token|api[ _.-]?key|access[ _.-]?key|auth(?:orization|[ _.-]?key)|credential|bearer|private[ _.-]?key|connection_?string|webhook/i;
/** What stands between a name and its value besides signs. */
const BETWEEN =
  /(?:^|[^A-Za-z0-9_.$-])(?:string|str|char|const|bearer|basic|token|is|as|value|text|base64|hex|b|f|r|u)$/i;
const SIGN = /[\s"'`\\()[\]{}:=>,|<!?&;-]/;
const NAME = /[A-Za-z0-9_.$-]/;

/** `name: API_TOKEN`, and on the next line `value:`, as in the manifests of Kubernetes. */
const ENTRY =
  /(?:name|key)["']?\s{0,4}[:=]\s{0,4}["']?([\w.-]{3,60})["']?,?\s{0,4}\n\s{0,16}["']?value["']?\s{0,4}[:=]\s{0,4}["']?$/i;
/** `Authorization: GenieKey …`: whatever the scheme is called. */
const SCHEME = /authorization["']{0,2}\s{0,4}[:=]\s{0,4}["']?[A-Za-z][\w-]{1,23}\s{1,3}$/i;
/** Who a visitor is to a site: a secret where it is sent as one, and a name elsewhere. */
const SESSION = /sess(?:ion)?[_-]?id$|sid$/i;
const COOKIE = /cookie/i;
/** A key whose word is not known: only for what is long and of all kinds of characters. */
const KEY = /[a-z][_.-]?key$/i;

/** Characters before a word that are read. */
const WINDOW = 96;

/** A sign that gives a value to what stands before it; a bracket or a comma only does so in code. */
function assigns(context: string, at: number): boolean {
  const sign = context.charAt(at);
  if (sign === "(") return NAME.test(context.charAt(at - 1));
  if (sign === ",") return /["'`]/.test(context.charAt(at - 1));
  return sign === ":" || sign === "=" || sign === ">";
}

function nameBefore(context: string): { readonly name: string; readonly assigned: boolean } {
  let at = context.length;
  let assigned = false;
  for (let words = 0; words < 4; words += 1) {
    while (at > 0 && SIGN.test(context.charAt(at - 1))) {
      at -= 1;
      assigned ||= assigns(context, at);
    }
    const between = BETWEEN.exec(context.slice(Math.max(0, at - 8), at));
    if (between === null) break;
    at -= between[0].replace(/^[^A-Za-z0-9_.$-]/, "").length;
  }
  const until = at;
  while (at > 0 && NAME.test(context.charAt(at - 1))) at -= 1;
  return { name: context.slice(at, until), assigned };
}

/** Reads what stands before the word that begins at `from`; `issuer` is whether somebody who issues keys is named there. */
export function contextOf(text: string, from: number, issuer: boolean): Context {
  const before = text.charAt(from - 1);
  if (before === "@" || before === "/" || before === "#" || before === "%") return "none";
  const wide = text.slice(Math.max(0, from - WINDOW), from);
  const entry = ENTRY.exec(wide)?.[1];
  if (entry !== undefined && NAMED.test(entry) && !isOpenName(entry)) return "named";
  if (SCHEME.test(wide)) return "named";
  const line = wide.slice(wide.lastIndexOf("\n", wide.trimEnd().length - 1) + 1);
  const { name, assigned } = nameBefore(line);
  if (assigned && SESSION.test(name) && COOKIE.test(line)) return "named";
  if (name !== "" && assigned && isOpenName(name)) return "open";
  const stated = assigned || /--?[\w-]+[ =]["']?$|(?:bearer|basic|token) $/i.test(line);
  if (!stated || /:\/\/[^\s"'?#;]*$/.test(line)) return "none";
  if (NAMED.test(name)) return "named";
  if (/\be\.g\.|example|such as|hash|\bsha|md5|commit|\b[gp]pg\b|\bpgp\b|fingerprint/i.test(line))
    return "none";
  if (issuer) return "issuer";
  if (assigned && KEY.test(name)) return "key";
  return NEAR.test(line) ? "near" : "none";
}

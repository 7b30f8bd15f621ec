import type { IncomingMessage } from "node:http";

/** What cookies of the gate are for: who is signed in, a sign-in at a provider that is under way, a form that was shown. */
export type CookieKind = "session" | "signin" | "form";

const CHARS = 4_096;
/** A provider sends the browser back from another site, and links to questions come in mails: `Lax` goes along with those. */
const SITES: Readonly<Record<CookieKind, "Lax" | "Strict">> = {
  session: "Lax",
  signin: "Lax",
  form: "Strict",
};

/**
 * With HTTPS the name begins `__Host-`: then browsers take the cookie only over HTTPS, from this very host, for all paths.
 * Without, which is on loopback only, browsers would refuse such a name.
 */
const nameOf = (kind: CookieKind, secure: boolean): string => `${secure ? "__Host-" : ""}portcullis-${kind}`;

/** The value of a cookie; undefined where there is none, or two of them. */
export function cookieIn(
  { headers }: IncomingMessage,
  kind: CookieKind,
  secure: boolean,
): string | undefined {
  const name = `${nameOf(kind, secure)}=`;
  const found = (headers.cookie ?? "")
    .split(";")
    .map((each) => each.trim())
    .filter((each) => each.startsWith(name));
  const [value] = found;
  if (value === undefined || found.length > 1 || value.length > CHARS) return undefined;
  return value.slice(name.length);
}

/** A `Set-Cookie` field; without a value it takes the cookie away. */
export function cookieWith(
  kind: CookieKind,
  secure: boolean,
  set?: { readonly value: string; readonly lasts_ms: number },
): string {
  const lasts_s = set === undefined ? 0 : Math.ceil(set.lasts_ms / 1_000);
  return [
    `${nameOf(kind, secure)}=${set?.value ?? ""}`,
    "Path=/",
    `Max-Age=${lasts_s}`,
    "HttpOnly",
    `SameSite=${SITES[kind]}`,
    ...(secure ? ["Secure"] : []),
  ].join("; ");
}

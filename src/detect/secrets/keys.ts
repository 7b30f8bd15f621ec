import type { Hit } from "../look.ts";

/** Characters of a key that are read; what a key is shows long before. */
const KEY_MOST = 16_384;

/** `-----BEGIN … PRIVATE KEY-----` and what follows it. `from` is where the words `PRIVATE KEY` stand. */
export function privateKey(text: string, from: number): Hit | undefined {
  const head = /-----BEGIN [A-Z0-9 ]{0,20}$/.exec(text.slice(Math.max(0, from - 40), from))?.[0];
  if (head === undefined || !text.startsWith("PRIVATE KEY", from)) return undefined;
  const body = text.slice(from, from + KEY_MOST);
  const end = body.indexOf("-----END");
  const letters = (end === -1 ? body.slice(0, 400) : body.slice(0, end)).replaceAll(
    /\\[nr]|[^A-Za-z0-9+/]/g,
    "",
  );
  if (letters.length < 40) return undefined;
  const tail = end === -1 ? Math.min(body.length, 4096) : Math.min(body.length, end + 64);
  const stop = body.indexOf("-----", end === -1 ? body.length : end + 8);
  return {
    class: "secret",
    kind: "private-key",
    severity: "critical",
    score: 1,
    from: from - head.length,
    until: from + (stop === -1 ? tail : Math.min(tail, stop + 5)),
    why: "a private key",
  };
}

/** `{"alg":"none"}`. */
const UNSIGNED = "eyJhbGciOiJub25lIn0";
const JWT = /eyJ[A-Za-z0-9_-]{8,2000}\.(?:eyJ|ZXlK)[A-Za-z0-9_-]{8,8000}(?:\.[A-Za-z0-9_-]{0,1400}={0,2})?/y;

/** Whether a part is JSON in base64 that says how the token was signed. */
function isHeader(part: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof header === "object" && header !== null && ("alg" in header || "typ" in header);
  } catch {
    return false;
  }
}

/** A signed token: parts of which the first two are JSON. */
export function webToken(text: string, from: number): Hit | undefined {
  JWT.lastIndex = from;
  const token = JWT.exec(text)?.[0];
  if (token === undefined) return undefined;
  const [header = "", , signature = ""] = token.split(".");
  // Nobody is let in by a token that nobody signed; one that was cut or mended may still be one.
  if (signature === "" && header === UNSIGNED) return undefined;
  const right = isHeader(header);
  return {
    class: "secret",
    kind: "jwt",
    severity: "high",
    score: right ? 0.95 : 0.75,
    from,
    until: from + token.length,
    why: "a signed token (JWT)",
  };
}

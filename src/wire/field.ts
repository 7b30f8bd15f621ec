/** Header fields under lower-case names, as `node:http` gives them. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

const BLANK_ENDS = /^[ \t]|[ \t]$/;

/** The value of a field without the white space around it (RFC 9110 §5.5); one that came twice is joined by commas. */
export function field(headers: HeaderFields, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : value.join(", ");
  return BLANK_ENDS.test(text) ? text.replace(/^[ \t]+|[ \t]+$/g, "") : text;
}

const PREFIX = "=?base64?";
const SUFFIX = "?=";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What a mirrored value says (2026-07-28, basic/transports: `=?base64?…?=`), or undefined where its encoding is broken. */
export function decodeMirrored(value: string): string | undefined {
  if (!value.startsWith(PREFIX) || !value.endsWith(SUFFIX)) return value;
  const base64 = value.slice(PREFIX.length, -SUFFIX.length);
  if (!BASE64.test(base64)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}

/** How a value is mirrored: as it is where a header can hold it, else as base64 of its UTF-8. */
export function encodeMirrored(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith(PREFIX);
  return plain ? value : `${PREFIX}${Buffer.from(value).toString("base64")}${SUFFIX}`;
}

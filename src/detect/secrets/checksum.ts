const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function crc32(text: string): number {
  let value = -1;
  for (let at = 0; at < text.length; at += 1)
    value = (TABLE[(value ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ -1) >>> 0;
}

function base62(value: number, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62))
    text = `${DIGITS.charAt(rest % 62)}${text}`;
  return text;
}

/** Tokens of GitHub and npm: thirty random digits and the CRC-32 of them, in base 62. */
export function hasTokenChecksum(token: string): boolean {
  const body = token.slice(4);
  return body.length === 36 && base62(crc32(body.slice(0, 30)), 6) === body.slice(30);
}

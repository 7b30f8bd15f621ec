const each = (text: string, change: (character: string, code: number) => string): string =>
  [...text].map((character) => change(character, character.codePointAt(0) ?? 0)).join("");
const visible = (code: number): boolean => code > 32 && code < 127;
const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");

/** Ways to write a text so that people or models still read it and a pattern does not. */
export const EVASIONS: Readonly<Record<string, (text: string) => string>> = {
  "zero-width spaces": (text) => each(text, (character, code) => (visible(code) ? `${character}\u200b` : character)),
  "soft hyphens": (text) => [...text].join("\u00ad"),
  "full width": (text) => each(text, (character, code) => (visible(code) ? String.fromCharCode(code + 0xfee0) : character)),
  "mathematical letters": (text) =>
    each(text, (character, code) =>
      /[A-Za-z]/.test(character) ? String.fromCodePoint((code < 97 ? 0x1d400 - 65 : 0x1d41a - 97) + code) : character,
    ),
  "variation selectors": (text) => [...text].join("\ufe0f"),
  "Cyrillic look-alikes": (text) => each(text, (character) => ({ a: "а", e: "е", o: "о", p: "р", c: "с", x: "х", y: "у" })[character] ?? character),
  "tag characters": (text) => each(text, (character, code) => (visible(code) || code === 32 ? String.fromCodePoint(0xe0000 + code) : character)),
  "combining marks": (text) => each(text, (character) => (/[A-Za-z]/.test(character) ? `${character}\u0301` : character)),
  base64: (text) => Buffer.from(text).toString("base64"),
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
  percent: (text) => [...Buffer.from(text)].map((byte) => `%${hex(byte, 2)}`).join(""),
  "HTML entities": (text) => each(text, (_, code) => `&#${code};`),
  "JSON escapes": (text) => each(text, (_, code) => (code < 0x10000 ? `\\u${hex(code, 4)}` : "")),
  "JSON in JSON": (text) => JSON.stringify(JSON.stringify({ text })),
  "an HTML comment": (text) => `<!-- ${text} -->`,
  "8 KB around it": (text) => `${"lorem ipsum dolor sit amet ".repeat(150)}${text}${" consectetur adipiscing".repeat(180)}`,
};

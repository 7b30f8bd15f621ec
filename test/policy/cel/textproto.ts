/** A message of the text format of protocol buffers: each field has a list of what was written for it. */
export type Message = ReadonlyMap<string, readonly Value[]>;
export type Value = string | Uint8Array | Message;

const TOKEN =
  /\s+|#[^\n]*|(?<name>[A-Za-z_][\w.]*|\[[\w./]+\])|(?<scalar>[-+]?[\d.][\w.+-]*|-[a-z]+)|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<sign>[{}<>:;,[\]])/gsy;

interface Token {
  readonly kind: "name" | "scalar" | "text" | "sign";
  readonly text: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new SyntaxError(`not text format at ${at}: ${text.slice(at, at + 40)}`);
    for (const kind of ["name", "scalar", "text", "sign"] as const) {
      const part = found.groups?.[kind];
      if (part !== undefined) tokens.push({ kind, text: part });
    }
  }
  return tokens;
}

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** The bytes that a quoted text stands for: UTF-8, with the escapes of C. */
function bytesOf(quoted: string): Uint8Array {
  const parts = quoted
    .slice(1, -1)
    .matchAll(
      /\\x(?<hex>[0-9a-fA-F]{1,2})|\\(?<octal>[0-7]{1,3})|\\[uU](?<code>[0-9a-fA-F]{4,8})|\\(?<one>.)|(?<plain>[^\\]+)/gs,
    );
  const pieces = Array.from(parts, ({ groups = {} }) => {
    const { hex, octal, code, one, plain } = groups;
    if (hex !== undefined) return Buffer.of(Number.parseInt(hex, 16));
    if (octal !== undefined) return Buffer.of(Number.parseInt(octal, 8));
    if (code !== undefined) return Buffer.from(String.fromCodePoint(Number.parseInt(code, 16)));
    if (one === undefined) return Buffer.from(plain ?? "");
    const escaped = ESCAPES[one];
    return escaped === undefined ? Buffer.from(one) : Buffer.of(escaped);
  });
  return Buffer.concat(pieces);
}

/** Reads one message in text format; texts come as bytes, other scalars as they are written. */
export function readTextproto(text: string): Message {
  const tokens = tokensOf(text);
  let next = 0;
  const is = (sign: string): boolean => tokens[next]?.kind === "sign" && tokens[next]?.text === sign;
  const skip = (...signs: readonly string[]): void => {
    if (signs.some(is)) next++;
  };
  const value = (): Value => {
    if (is("{") || is("<")) {
      next++;
      return message();
    }
    const token = tokens[next++];
    if (token === undefined || token.kind === "sign") throw new SyntaxError("a value is missing");
    if (token.kind !== "text") return token.text;
    let bytes = bytesOf(token.text);
    for (; tokens[next]?.kind === "text"; next++)
      bytes = Buffer.concat([bytes, bytesOf(tokens[next]?.text ?? "")]);
    return bytes;
  };
  const message = (): Message => {
    const fields = new Map<string, Value[]>();
    for (; next < tokens.length && !is("}") && !is(">"); skip(",", ";")) {
      const name = tokens[next++]?.text ?? "";
      skip(":");
      const values = fields.get(name) ?? [];
      fields.set(name, values);
      if (!is("[")) values.push(value());
      else {
        for (next++; !is("]"); skip(",")) values.push(value());
        next++;
      }
    }
    next++;
    return fields;
  };
  return message();
}

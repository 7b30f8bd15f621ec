import { type Document, isMap, isScalar, isSeq, visit } from "yaml";

/** Members whose whole contents may be secret: what is given to a child, what is sent to a server, addresses that let anybody post. */
const HOLDERS = new Set(["env", "headers", "teams"]);
const SECRET_NAME = /token|secret|passw|api_?key|authorization|credential|webhook/i;
/** `name: rest` where the name says that the rest is secret; for text that YAML could not read. */
const SECRET_LINE =
  /((?:token|secret|passw\w*|api_?key|authorization|credential|webhook)\w*["']?\s*[:=]\s*)(\S.*)/gi;
const IN_ADDRESS = /(:\/\/[^\s/@:]*:)([^\s/@]+)(?=@)/g;
const REFERENCE = /^\s*["']?\$\{[^}]*\}["']?\s*$/;

function dots(text: string): string {
  return text.replaceAll(/\S/g, "•");
}

/** The same text, every column where it was, with what may be a secret blanked, so that lines of it can be shown. */
export function blank(text: string, yaml: Document.Parsed): string {
  const ranges: (readonly [number, number])[] = [];
  visit(yaml, {
    Pair(_, pair) {
      const key = isScalar(pair.key) ? String(pair.key.value) : "";
      const { value } = pair;
      if (isMap(value) && HOLDERS.has(key)) {
        for (const inner of value.items) collect(inner.value, ranges);
      } else if (SECRET_NAME.test(key)) collect(value, ranges);
    },
  });
  let shown = text;
  for (const [from, to] of ranges) {
    const value = shown.slice(from, to);
    if (!REFERENCE.test(value)) shown = shown.slice(0, from) + dots(value) + shown.slice(to);
  }
  if (yaml.errors.length > 0)
    shown = shown.replaceAll(SECRET_LINE, (_, name: string, rest: string) => name + dots(rest));
  return shown.replaceAll(IN_ADDRESS, (_, before: string, secret: string) => before + dots(secret));
}

function collect(node: unknown, ranges: (readonly [number, number])[]): void {
  if (isScalar(node) && node.range) ranges.push([node.range[0], node.range[1]]);
  else if (isMap(node)) for (const inner of node.items) collect(inner.value, ranges);
  else if (isSeq(node)) for (const inner of node.items) collect(inner, ranges);
}

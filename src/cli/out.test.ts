import { expect, test } from "vitest";
import { printable } from "../document/render.ts";
import { jsonLine } from "./out.ts";

const ODD = [0x1b, 0x7f, 0x80, 0x9b, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x202a, 0x202e, 0x2066, 0x2069];

test.each(ODD)("a name with U+%i cannot command a terminal", (code) => {
  const name = `delete${String.fromCharCode(code)}file`;
  const line = jsonLine({ tool: name, [name]: 1 });
  expect(line).not.toContain(String.fromCharCode(code));
  expect(JSON.parse(line)).toEqual({ tool: name, [name]: 1 });
  expect(printable(name)).toBe("delete file");
});

test("other letters stay as they are", () => {
  expect(jsonLine("größe 大 é")).toBe('"größe 大 é"');
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { briefViews } from "./brief.ts";
import { COMMAND } from "./command/command.ts";
import { SQL } from "./sql/sql.ts";
import { views } from "./views/views.ts";

const hiddenIn = (text: string): readonly string[] => briefViews(views(text)).map((view) => view.text);

test.each(["';id", "$(id)", "|whoami", "1 or 1=1", "../../etc", "`id`", "admin'--"])(
  "%s, in short",
  (text) => {
    for (const made of ["base64", "hex"] as const) {
      const word = Buffer.from(text).toString(made);
      expect(hiddenIn(`Note: ${word}`)).toContain(text);
      if (text.length > 6) expect(hiddenIn(word.replace(/=+$/, ""))).toContain(text);
    }
  },
);

test("a finding covers the word that hid it", () => {
  const word = Buffer.from("; whoami").toString("base64");
  const [found] = COMMAND.find(views(`see ${word}.`), { role: "argument", name: "host" });
  expect(found?.span).toEqual({ from: 4, until: 4 + word.length });
  expect(
    SQL.find(views(`x ${Buffer.from("1 or 1=1").toString("hex")}`), { role: "argument", name: "id" }),
  ).toHaveLength(1);
});

test.each([
  "handling calendar getElementById useEffect camelCaseName",
  "550e8400 20240115123456 deadbeef cafebabe 4f6e65",
  "a/path/to/some/file.ts and README.md",
  "x".repeat(2000),
])("nothing in %s", (text) => {
  expect(hiddenIn(text)).toEqual([]);
});

test("whatever the text, what is shown is ASCII and stands where it says", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.base64String({ maxLength: 24 }), (text, word) => {
      const whole = `${text} ${word} ${text}`;
      for (const view of briefViews(views(whole))) {
        const { from, until } = view.at(0, view.text.length);
        expect(view.text).toMatch(/^[\t\n\r -~]+$/);
        expect(from).toBeLessThan(until);
        expect(until).toBeLessThanOrEqual(whole.length);
      }
    }),
  );
});

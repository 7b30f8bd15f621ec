import fc from "fast-check";
import { expect, test } from "vitest";
import { classOfArguments, classOfFindings, DATA_CLASSES, higher, readClass } from "./classification.ts";

test("there are six classes, in small and large letters, and no seventh", () => {
  expect(DATA_CLASSES).toHaveLength(6);
  expect(readClass("SENSITIVE_PERSONAL")).toBe("sensitive_personal");
  for (const none of ["secret", "", undefined, 3, "personal "]) expect(readClass(none)).toBeUndefined();
});

test("the highest holds, whatever the order", () => {
  const classes = fc.option(fc.constantFrom(...DATA_CLASSES), { nil: undefined });
  fc.assert(
    fc.property(fc.array(classes, { maxLength: 6 }), (all) => {
      const most = Math.max(-1, ...all.map((each) => (each === undefined ? -1 : DATA_CLASSES.indexOf(each))));
      const said = all.reduce<(typeof all)[number]>((one, other) => higher(one, other), undefined);
      expect(said).toBe(DATA_CLASSES[most]);
    }),
  );
});

test("findings raise it: a person's data, or a secret", () => {
  const found = (kind: string) => ({ guard: "g", class: kind, severity: "low", action: "note" }) as const;
  expect(classOfFindings([])).toBeUndefined();
  expect(classOfFindings([found("sql_injection")])).toBeUndefined();
  expect(classOfFindings([found("secret"), found("pii")])).toBe("personal");
});

test("a schema says it of itself and of the arguments that are there", () => {
  const schema = {
    "x-classification": "internal",
    properties: {
      name: { "x-classification": "personal" },
      visits: { items: { properties: { diagnosis: { "x-classification": "Sensitive_Personal" } } } },
    },
  };
  expect(classOfArguments(schema, {})).toBe("internal");
  expect(classOfArguments(schema, { name: "Ana" })).toBe("personal");
  expect(classOfArguments(schema, { visits: [{}, { diagnosis: "x" }] })).toBe("sensitive_personal");
  expect(classOfArguments(schema, { visits: "x" })).toBe("internal");
  expect(
    classOfArguments({ properties: { a: { "x-classification": "nonsense" } } }, { a: 1 }),
  ).toBeUndefined();
  expect(classOfArguments(undefined, { a: 1 })).toBeUndefined();
  // What nobody looks through to its end may hold anything.
  expect(classOfArguments({ properties: { a: { items: {} } } }, { a: Array(2_000).fill(1) })).toBe(
    "sensitive_personal",
  );
});

import { expect, test } from "vitest";
import { type Migration, pending } from "./migrate.ts";
import { SCHEMA, schemaOf } from "./schema.ts";

// Databases out there went through these words: a change here breaks every one of them. Add a step instead.
test.each([
  [
    "sqlite",
    [
      "0001-journal d433c57cd5256385",
      "0002-tasks dc7641473196fe76",
      "0003-counters 77890f0c0affaf45",
      "0004-policies 2133cf31226139a6",
      "0005-approvals 7604778d77a03d1b",
      "0006-outbox 4dee1326dc35f421",
      "0007-idempotency 493cfcc536a95b52",
      "0008-credentials dd7ac76525f5e258",
      "0010-fence c8f9599a7c8eb373",
      "0011-acts 751ffa5efbc9668d",
      "0012-log 0db46493ed482a30",
      "0013-tenants a901cd000d9edab2",
      "0015-people 1fb35a5523206fac",
      "0016-sign-in 3baf5ffdc188a786",
      "0017-secrets 5a6a73baa2ba6e39",
      "0018-keys ed28e811ade3599a",
      "0020-reading bdd533633c8864c5",
      "0021-masks 074f010ea0988fcb",
      "0022-forms 95ccee689ead2103",
      "0023-counter-ends dd293e82c5ba0c98",
      "0024-makers a1536d10f58fc2f2",
      "0026-exchanges ca94724d6b40e07c",
    ],
  ],
  [
    "postgres",
    [
      "0001-journal 4f17cb03e13be4d2",
      "0002-tasks e807be8d3cf100c0",
      "0003-counters 20bf7ed546f70123",
      "0004-policies f9e2b16df3647509",
      "0005-approvals 2ab3a8a8db395a8f",
      "0006-outbox 94557f8364e29048",
      "0007-idempotency ff7d66f5b0805734",
      "0008-credentials b22346bf3657677a",
      "0010-fence e18507bc5e5cd210",
      "0011-acts c732ab4c90ee9f57",
      "0012-log 374751b41efbfbd1",
      "0013-tenants e1965cf88cf91654",
      "0015-people e2bab02e66d03529",
      "0016-sign-in d0123306121195ed",
      "0017-secrets b7189aa4c6dfd2d3",
      "0018-keys c84fb5ae19677e0e",
      "0020-reading 71ca05a942f75ddc",
      "0021-masks 5cefcfd6dbb220f7",
      "0022-forms 06a5937f46210787",
      "0023-counter-ends bc60c60a916fe27d",
      "0024-makers 3dcc4850615e306b",
      "0026-exchanges c0daf4f0b136a215",
    ],
  ],
] as const)("released steps stay as they are: %s", (engine, released) => {
  expect(pending(engine, [], "here").map((step) => `${step.name} ${step.checksum.slice(7, 23)}`)).toEqual(
    released,
  );
});

test("only what is missing runs, in the order of the list", () => {
  const step = (name: string): Migration => ({ name, sqlite: [`-- ${name}`], postgres: [] });
  const steps = [step("1"), step("2"), step("3")];
  const [first] = pending("sqlite", [], "here", steps);
  if (first === undefined) throw new Error("no step");
  expect(pending("sqlite", [first], "here", steps).map(({ name }) => name)).toEqual(["2", "3"]);
  expect(() => pending("sqlite", [first], "here", steps.slice(1))).toThrow(
    "here: it was written by a newer Portcullis",
  );
  expect(() => pending("postgres", [first], "here", steps)).toThrow("schema step 1 is not the one");
});

test("a file that needs no step is known as such without them", () => {
  const all = pending("sqlite", [], "here");
  expect(schemaOf(all.toReversed())).toBe(SCHEMA);
  expect(schemaOf(all.slice(1))).not.toBe(SCHEMA);
});

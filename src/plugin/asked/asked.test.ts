import { describe, expect, test } from "vitest";
import { double } from "../../../test/servers/asked-double.ts";

const other = double();
const leaf = (text: string) => ({ text, field: { role: "result" as const, name: "note" } });

const LANGUAGE = { language: "en" };

describe("Presidio", () => {
  const entity = (entity_type: string, start: number, end: number, score = 0.85) => ({
    analysis_explanation: null,
    end,
    entity_type,
    score,
    start,
  });

  test("is asked for each text; its kinds become ours, its characters units", async () => {
    other.answer = (_, { text }: { text: string }) =>
      text.startsWith("😀") ? [entity("PERSON", 2, 5), entity("EMAIL_ADDRESS", 6, 15, 1)] : [];
    const own = await other.asked("presidio", LANGUAGE);
    const looked = await own.look([leaf("😀 Ana a@b.co.uk"), leaf("nothing"), leaf(" ")]);
    expect(looked).toMatchObject({
      kind: "looked",
      sightings: [
        {
          leaf: 0,
          found: { guard: "own", class: "pii", kind: "person", score: 0.85, span: { from: 3, until: 6 } },
        },
        { leaf: 0, found: { kind: "email", severity: "high", span: { from: 7, until: 16 } } },
      ],
    });
    expect(other.heard).toMatchObject([
      {
        path: "/analyze",
        body: { text: "😀 Ana a@b.co.uk", language: "en" },
        headers: { "x-key": "k1" },
      },
      { path: "/analyze", body: { text: "nothing", language: "en" } },
    ]);
  });

  test.each([
    ["an entity outside its text", [entity("PERSON", 2, 500)], "outside its text"],
    ["an error as an object", { error: "No language" }, "no list of entities"],
    ["an error by status", 500, "it answered 500"],
    ["no JSON", "<html>", "no JSON"],
    ["nothing", undefined, "too long"],
  ])("has not looked where it answers %s", async (_, said, why) => {
    other.answer = () => said;
    const own = await other.asked("presidio", { ...LANGUAGE, timeout_ms: said === undefined ? 100 : 5_000 });
    const looked = await own.look([leaf("Ana")]);
    expect(looked).toEqual({ kind: "missed", why: expect.stringContaining(why) });
  });
});

describe("a program over HTTP", () => {
  const finding = { class: "secret", severity: "high", score: 0.9, from: 0, until: 3, why: "a key" };

  test("is asked once for all texts, and answers for each", async () => {
    other.answer = () => ({ findings: [[], [finding]] });
    const own = await other.asked("http", { url: `${other.url}/guard` });
    expect(await own.look([leaf("one"), leaf("two")])).toMatchObject({
      kind: "looked",
      sightings: [{ leaf: 1, found: { guard: "own", class: "secret", span: { from: 0, until: 3 } } }],
    });
    const texts = ["one", "two"].map((text) => ({ text, role: "result", name: "note" }));
    expect(other.heard).toMatchObject([{ path: "/guard", body: { texts }, headers: { "x-key": "k1" } }]);
  });

  test.each([
    ["less than all texts", { findings: [[]] }, "each text"],
    ["a finding that is none", { findings: [[], [{ ...finding, score: 7 }]] }, "a finding is none"],
    ["a place outside", { findings: [[], [{ ...finding, until: 99 }]] }, "outside its text"],
  ])("has not looked where it answers %s", async (_, said, why) => {
    other.answer = () => said;
    const own = await other.asked("http");
    expect(await own.look([leaf("one"), leaf("two")])).toEqual({
      kind: "missed",
      why: expect.stringContaining(why),
    });
  });

  test("is not reached inside where the configuration does not list it, nor where nobody listens", async () => {
    const barred = await other.asked("http", {}, []);
    expect(await barred.look([leaf("one")])).toEqual({
      kind: "missed",
      why: "it could not be asked (barred)",
    });
    expect(other.heard).toEqual([]);
    const nobody = await other.asked("http", { url: "http://127.0.0.1:1/" });
    expect(await nobody.look([leaf("one")])).toEqual({
      kind: "missed",
      why: "it could not be asked (unreachable)",
    });
  });
});

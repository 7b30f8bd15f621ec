import { afterAll, describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import type { Action, Tier } from "../call/guard.ts";
import { member } from "../call/json.ts";
import type { Found } from "../detect/detector.ts";
import type { Looked, Outsider } from "../detect/outsider.ts";
import type { Ruling } from "../pipeline/stage.ts";
import { applyEdits } from "../wire/edit.ts";
import { guarded } from "./inspect.ts";
import { beside } from "./inspect-outsiders.ts";
import { inspector, type Inspector } from "./inspector.ts";

const open: Inspector[] = [];
afterAll(() => Promise.all(open.map((each) => each.close())));

const CALL = {
  id: "call_00000000000000000000000000",
  at: 0,
  principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "local-account" },
  client: undefined,
  era: "legacy",
  server: "web",
  method: "tools/call",
  target: { kind: "tool", name: "take" },
  args: { text: "ask the mole" },
  meta: {},
  inexact: [],
} as unknown as Call;

const FOUND: Found = {
  guard: "moles",
  class: "pii",
  kind: "codename",
  severity: "high",
  score: 0.9,
  span: { from: 8, until: 12 },
  why: "a name",
};

function outsider(action: Action, more: Partial<Outsider> = {}): Outsider {
  const sightings = [{ found: FOUND, leaf: 0 }];
  return {
    name: "moles",
    version: "1",
    tier: "rewrite",
    broken: "stop",
    actionOf: () => action,
    look: () => Promise.resolve<Looked>({ kind: "looked", sightings, us: 7 }),
    resting: () => false,
    ...more,
  };
}

const MASKING = {
  masks: { arguments: new Set(["codename"]), results: new Set<string>() },
  guards: new Map(),
};

function stageOf(
  outsiders: readonly Outsider[],
  masks: boolean,
  noticed: Parameters<typeof guarded>[0]["noticed"] = () => undefined,
): ReturnType<typeof guarded> {
  const own = beside(
    inspector({ profile: "none", guards: {} }, () => performance.now()),
    outsiders,
  );
  open.push(own);
  return guarded({
    inspector: own,
    tokens: {
      token: () => "aaaaaaaaaaaaaaaa",
      kept: () => Promise.resolve(),
      plain: () => Promise.resolve(undefined),
    },
    duties: () => (masks ? MASKING : undefined),
    also: new Set(),
    entitled: () => [],
    definitionOf: () => undefined,
    excerpts: true,
    noticed,
  });
}

async function ruled(outsiders: readonly Outsider[], masks = false, call: Call = CALL): Promise<Ruling> {
  return (await stageOf(outsiders, masks).before?.(call)) ?? { kind: "pass" };
}

const detail = (ruling: Ruling, key: string) => member(ruling.detail, key);
const missed = (broken: "stop" | "pass"): Outsider =>
  outsider("block", { broken, look: () => Promise.resolve({ kind: "missed", why: "it took too long" }) });

describe("a guard that is not built in", () => {
  test("masks, blocks or warns like any other, and stands in the trail", async () => {
    const masked = await ruled([outsider("mask")]);
    expect(masked).toMatchObject({ kind: "rewrite", findings: [{ guard: "moles", action: "mask" }] });
    expect(masked.kind === "rewrite" && applyEdits({ arguments: CALL.args }, masked.edits)).toEqual({
      arguments: { text: "ask the [CODENAME]" },
    });
    expect(detail(masked, "guards")).toEqual({ moles: 7 });
    expect(await ruled([outsider("block")])).toMatchObject({
      kind: "stop",
      refusal: { rule: { rule: "moles" } },
    });
    expect(await ruled([outsider("warn")])).toMatchObject({ kind: "pass", findings: [{ action: "warn" }] });
  });

  test("sees a call without a text where it judges messages as a whole", async () => {
    const call: Call = { ...CALL, args: { amount: 5_000 } };
    expect(await ruled([outsider("block")], false, call)).toEqual({ kind: "pass" });
    expect(await ruled([outsider("block", { whole: true })], false, call)).toMatchObject({
      kind: "stop",
      refusal: { rule: { rule: "moles" } },
    });
    expect(await ruled([outsider("mask", { whole: true })], false, call)).toMatchObject({ kind: "stop" });
  });

  test("stops the message where it did not look, or lets it pass, as it declares; it has not run then", async () => {
    const stopped = await ruled([missed("stop")]);
    expect(stopped).toMatchObject({ kind: "stop", refusal: { cause: { kind: "broken", stage: "moles" } } });
    const passed = await ruled([missed("pass")]);
    expect(passed.kind).toBe("pass");
    for (const ruling of [stopped, passed]) {
      expect(detail(ruling, "guards")).toEqual({});
      expect(detail(ruling, "unseen")).toContainEqual({ guard: "moles", why: "it took too long" });
    }
  });

  test("that did not look at a greeting is told of, for no record of a call says it", async () => {
    const told: unknown[] = [];
    const greeting: Call = { ...CALL, method: "initialize", target: { kind: "none" } };
    const answer = { kind: "result", result: { instructions: "Read the docs." } } as const;
    await stageOf([missed("stop")], false, (...heard) => told.push(heard.slice(1))).after?.(answer, greeting);
    expect(told).toEqual([
      ["initialize", [], "The guard `moles` did not look at all of it: it took too long."],
    ]);
  });

  test("that only observes is counted, and nobody judges by what it found, whatever policy masks", async () => {
    const ruling = await ruled([outsider("note", { tier: "observe", broken: "pass" })], true);
    expect(ruling).toMatchObject({ kind: "pass", findings: [] });
    expect(detail(ruling, "observed")).toEqual({ moles: 1 });
  });

  test.each<[Tier, string]>([
    ["annotate", "pass"],
    ["tighten", "pass"],
    ["rewrite", "rewrite"],
  ])("of tier %s under a policy that masks what it found: %s", async (tier, kind) => {
    expect((await ruled([outsider("note", { tier })], true)).kind).toBe(kind);
  });

  test("that flags a text as a whole quotes nothing of it where another found data there", async () => {
    const whole: Found = {
      ...FOUND,
      guard: "model",
      class: "malformed",
      kind: "bad",
      span: { from: 0, until: 12 },
    };
    const apart: Found = { ...whole, span: { from: 0, until: 7 } };
    const model = (found: Found): Outsider =>
      outsider("warn", {
        name: "model",
        look: () => Promise.resolve({ kind: "looked", sightings: [{ found, leaf: 0 }], us: 1 }),
      });
    const excerpts = async (...all: readonly Outsider[]) =>
      ((await ruled(all)).findings ?? []).map(({ excerpt }) => excerpt);
    expect(await excerpts(model(whole))).toEqual(["ask the mole"]);
    expect(await excerpts(outsider("mask"), model(whole))).toEqual(["4 characters", "12 characters"]);
    expect(await excerpts(outsider("mask"), model(apart))).toEqual(["4 characters", "ask the"]);
  });

  test("is asked at the same time as the others", async () => {
    let here = 0;
    let meet: () => void = () => undefined;
    const both = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const look = async (): Promise<Looked> => {
      here += 1;
      if (here === 2) meet();
      await both;
      return { kind: "none" };
    };
    expect((await ruled([outsider("note", { look }), outsider("note", { name: "second", look })])).kind).toBe(
      "pass",
    );
  });
});

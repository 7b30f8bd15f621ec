import { describe, expect, it } from "vitest";
import { differences } from "./compare.ts";
import type { Check, Outcome } from "./suite.ts";

const ok = (id: string): Check => ({ id, name: id, status: "SUCCESS" });
const bad = (id: string): Check => ({ id, name: id, status: "FAILURE", errorMessage: "why" });
const outcome = (scenarios: Readonly<Record<string, readonly Check[]>>, exit = 0): Outcome => ({
  exit,
  passed: 0,
  failed: 0,
  scenarios: new Map(Object.entries(scenarios)),
  said: "",
});

describe("the comparison of a run through the gate with the direct one", () => {
  it("finds nothing where all is the same, failures included", () => {
    const run = outcome({ ping: [ok("ping")], "tasks-lifecycle": [bad("tasks"), ok("tasks")] });
    expect(differences(run, run)).toEqual([]);
  });

  it("counts repeats of one check", () => {
    const found = differences(outcome({ ping: [ok("a"), ok("a")] }), outcome({ ping: [ok("a")] }));
    expect(found).toEqual(["ping: gate lacks a (a) SUCCESS"]);
  });

  it("names a check that changed, and says why it failed", () => {
    const found = differences(outcome({ ping: [ok("a")] }), outcome({ ping: [bad("a")] }));
    expect(found).toEqual(["ping: gate has a (a) FAILURE: why", "ping: gate lacks a (a) SUCCESS"]);
  });

  it("takes a check that passes only through the gate for a difference too", () => {
    expect(differences(outcome({ ping: [bad("a")] }), outcome({ ping: [ok("a")] }))).toHaveLength(2);
  });

  it("finds scenarios that ran on one side only, and another exit code", () => {
    const found = differences(outcome({ ping: [] }), outcome({ caching: [] }, 1));
    expect(found).toEqual([
      "exit code 1 instead of 0",
      "ping: ran directly only",
      "caching: ran through the gate only",
    ]);
  });

  it("demands dns-rebinding-protection of the gate, whatever the server does", () => {
    const name = "dns-rebinding-protection";
    expect(differences(outcome({ [name]: [bad("host")] }), outcome({ [name]: [ok("host")] }))).toEqual([]);
    expect(differences(outcome({ [name]: [ok("host")] }), outcome({ [name]: [bad("host")] }))).toHaveLength(
      1,
    );
  });
});

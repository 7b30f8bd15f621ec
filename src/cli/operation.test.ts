import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { operationOf } from "./operation.ts";

const line = (text: string) => operationOf(text.split(" "));

describe("a command line as a tool call", () => {
  test.each([
    ["mcp-tool workers deploy --env production", "workers.deploy", { env: "production" }],
    [
      "mcp-tool workers deploy --env=production --force",
      "workers.deploy",
      { env: "production", force: true },
    ],
    ["kubectl delete pod web-1", "delete.pod.web-1", {}],
    ["docker run -e A=1 -e B=2 image", "run", { e: ["A=1", "B=2"], operands: ["run", "image"] }],
    ["/usr/bin/make", "make", {}],
    ["npm run build -- --token x", "run.build", { operands: ["run", "build", "--token", "x"] }],
    ["cat -", "-", {}],
  ])("%s is %s", (text, name, args) => {
    const [program, ...argv] = text.split(" ");
    expect(line(text)).toMatchObject({ name, args: { ...args, program, argv } });
  });

  test("no option can pass for what the gate says of the line", () => {
    const { args } = line("tool list --program other --argv x --operands y");
    expect(args).toMatchObject({
      program: "tool",
      argv: expect.arrayContaining(["--program"]),
      operands: ["list"],
    });
    expect(Object.hasOwn(line("tool list --__proto__ x").args, "__proto__")).toBe(true);
  });
});

describe("other readings", () => {
  test.each([
    ["tool --quiet workers deploy", "workers.deploy"],
    ["tool --env production workers deploy", "workers.deploy"],
    ["tool workers --env production deploy", "workers.deploy"],
    ["tool --quiet workers --env production deploy", "workers.deploy"],
    ["tool workers deploy my-app", "workers.deploy"],
    ["tool -- workers deploy", "workers.deploy"],
    ["tool workers -- deploy", "workers.deploy"],
    [`tool ${"--a 1 ".repeat(40)}--quiet workers deploy`, "workers.deploy"],
  ])("%s may be %s", (text, reading) => {
    const { name, readings = [] } = line(text);
    expect([name, ...readings]).toContain(reading);
  });

  test("wherever options stand between the words, the words themselves are among the readings; and there is a bound", () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const option = fc
      .tuple(word, fc.option(word))
      .map(([name, value]) => (value === null ? [`--${name}`] : [`--${name}`, value]));
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.array(option, { maxLength: 4 }),
        fc.infiniteStream(fc.nat(3)),
        (words, options, places) => {
          const mixed = words.map((each) => [each]);
          for (const each of options)
            mixed.splice((places.next().value ?? 0) % (mixed.length + 1), 0, [...each]);
          const { name, readings = [] } = operationOf(["tool", ...mixed.flat()]);
          expect([name, ...readings]).toContain(words.join("."));
          expect(readings.length).toBeLessThan(256 * 64);
        },
      ),
    );
  });

  test("what can be read in too many ways has no readings; words that belong to no option are no reason for that", () => {
    const many = Array.from({ length: 40 }, (_, at) => `--o${at} ${at}`).join(" ");
    expect(line(`tool ${many} workers deploy`).readings).toBeUndefined();
    expect(line(`tool rm ${"file ".repeat(500).trim()}`).readings).toHaveLength(64);
  });

  test("of an option that is given again each value may be the one that counts, behind `--` too", () => {
    const { args, variants } = line("tool deploy --env staging --zone a --env production --zone b --force");
    expect(args).toMatchObject({ env: ["staging", "production"], zone: ["a", "b"] });
    for (const one of [
      { env: "production", zone: "b" },
      { env: "staging", zone: "a" },
      { env: "production", zone: ["a", "b"] },
    ])
      expect(variants).toContainEqual({ ...args, ...one });
    expect(line("tool deploy --note -- --env production").args).toMatchObject({ env: "production" });
    expect(line("tool deploy --env production").variants).toEqual([]);
  });
});

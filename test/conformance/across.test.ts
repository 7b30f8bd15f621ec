import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ended } from "./ended.ts";
import { SUITES } from "./suite.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const WITHIN_MS = 300_000;
/** How many lines each list of expected failures may have. Lower it when a line goes. */
const AT_MOST: Readonly<Record<string, number>> = {
  "0.1.16 all": 0,
  "0.2.0-alpha.12 2025-11-25": 0,
  "0.2.0-alpha.12 2026-07-28": 4,
};

it("the official suite of one era is content with a server of the other behind the gate", {
  timeout: WITHIN_MS,
}, async () => {
  const { exit, said } = await ended(here("across.ts"), [], WITHIN_MS - 5000);
  expect({ exit, said }).toEqual({ exit: 0, said });
});

describe.each(SUITES)("what is expected to fail of $name", ({ name }) => {
  const lines = readFileSync(here(`across/${name.replaceAll(" ", "-")}.yaml`), "utf8").split("\n");
  const entries = [...lines.entries()].filter(([, line]) => line.trimStart().startsWith("- "));

  it("has a reason on the line before", () => {
    const bare = entries.filter(([at]) => !/^\s*# .{20}/.test(lines[at - 1] ?? "")).map(([, line]) => line);
    expect(bare).toEqual([]);
  });

  it("only becomes less", () => {
    expect(entries).toHaveLength(AT_MOST[name] ?? 0);
  });
});

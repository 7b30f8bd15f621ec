import { expect, test } from "vitest";
import type { Target } from "../call/call.ts";
import { isObserved } from "./observed.ts";

const tool = (name: string): { readonly target: Target } => ({ target: { kind: "tool", name } });
const prompt = { target: { kind: "prompt", name: "read_it" } } as const;

test("nothing passes unrecorded that the configuration does not name", () => {
  expect(isObserved(undefined, tool("read_file"))).toBe(false);
  expect([tool("read_file"), prompt].map((call) => isObserved("observe", call))).toEqual([true, true]);
  const some = { observe: ["read_*|list", "get.one"] };
  const asked = [
    tool("read_file"),
    tool("list"),
    tool("get.one"),
    tool("get_one"),
    tool("write_file"),
    prompt,
  ];
  expect(asked.map((call) => isObserved(some, call))).toEqual([true, true, true, false, false, false]);
});

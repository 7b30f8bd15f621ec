import { expect, test } from "vitest";
import { bareConfig } from "./bare.ts";
import { loadConfig } from "./load.ts";

test("no configuration is what an empty one is", () => {
  const env = { HOME: "/home/ana" };
  expect(bareConfig(env)).toEqual(loadConfig({ file: undefined, env }).config);
});

test("a variable that says something is left to the reader of configurations", () => {
  expect(bareConfig({ HOME: "/home/ana", PORTCULLIS_STORE: "sqlite:x.db" })).toBeUndefined();
});

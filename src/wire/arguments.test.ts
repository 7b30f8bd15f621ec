import { expect, test } from "vitest";
import { argumentsAt, pathsInArguments } from "./arguments.ts";

test.each([
  ["tools/call", ["params", "arguments"]],
  ["prompts/get", ["params", "arguments"]],
  ["resources/read", ["params"]],
  ["tools/call/more", ["params"]],
])("the arguments of %s stand at %j", (method, path) => {
  expect(argumentsAt(method)).toEqual(path);
});

test("of paths into a request those count that lead into its arguments", () => {
  const paths = [["params", "arguments", "sum", 0], ["params", "_meta", "progressToken"], ["id"]];
  expect(pathsInArguments("tools/call", paths)).toEqual(["sum.0"]);
  expect(pathsInArguments("resources/read", paths)).toEqual(["arguments.sum.0", "_meta.progressToken"]);
});

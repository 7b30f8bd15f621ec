import { describe, expect, test } from "vitest";
import { discoverResult, initializeResult } from "./greet.ts";

const one = {
  server: "one",
  result: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: { listChanged: false }, logging: {}, tasks: { list: {} } },
    instructions: "Read first.",
  },
};
const two = {
  server: "two",
  result: { protocolVersion: "2025-06-18", capabilities: { tools: { listChanged: true }, prompts: {} } },
};

describe("several servers as one", () => {
  test("can do what any of them can, in the oldest revision that one of them agreed to", () => {
    expect(initializeResult([one, two], "2025-11-25", "0.1.0")).toEqual({
      protocolVersion: "2025-06-18",
      capabilities: { tools: { listChanged: true }, logging: {}, tasks: {}, prompts: {} },
      serverInfo: { name: "portcullis", title: "Portcullis", version: "0.1.0" },
      instructions: "one: Read first.",
    });
  });

  test("greets a client even where none of them answers", () => {
    expect(initializeResult([], "2025-11-25", "0.1.0")).toMatchObject({
      protocolVersion: "2025-11-25",
      capabilities: {},
    });
  });

  test("keeps what a server promises of tasks, less their list, which does not say whose it is", () => {
    const modern = {
      server: "m",
      result: { capabilities: { extensions: { "io.modelcontextprotocol/tasks": {}, x: {} } }, ttlMs: 5 },
    };
    expect(discoverResult([modern], "0.1.0")).toMatchObject({
      capabilities: { extensions: { "io.modelcontextprotocol/tasks": {}, x: {} } },
      ttlMs: 5,
      cacheScope: "private",
    });
    const tasks = { list: {}, cancel: {}, requests: { tools: { call: {} } } };
    expect(initializeResult([{ server: "l", result: { capabilities: { tasks } } }], "", "")).toMatchObject({
      capabilities: { tasks: { cancel: {}, requests: { tools: { call: {} } } } },
    });
  });

  test.each([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, -1])(
    "believes no lifetime of %s",
    (ttlMs) => {
      const odd = { server: "odd", result: { ttlMs } };
      const good = { server: "good", result: { ttlMs: 7 } };
      expect(discoverResult([odd, good], "0.1.0")["ttlMs"]).toBe(7);
    },
  );

  test("passes on a bounded amount of what servers say to the model", () => {
    const loud = { server: "loud", result: { capabilities: {}, instructions: "x".repeat(100_000) } };
    const said = initializeResult([loud, loud], "2025-11-25", "0.1.0")["instructions"];
    expect((said as string).length).toBeLessThanOrEqual(16_384);
  });
});

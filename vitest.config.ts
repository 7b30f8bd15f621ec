import { defineConfig } from "vitest/config";
import { SlowFirst } from "./test/sequence.ts";

/** What neither starts a program nor changes anything of its process: these files share one, and load each module once. */
const PURE = [
  "call",
  "document",
  "wire",
  "policy",
  "pipeline",
  "detect",
  "config",
  "session",
  "audit",
  "replay",
  "stages",
  "gateway",
];
const pure = [`src/{${PURE.join(",")}}/**/*.test.ts`];

export default defineConfig({
  test: {
    globalSetup: ["test/setup.ts"],
    setupFiles: ["test/seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is polled comes in its own time: a test that waits in vain fails by its own bound.
    expect: { poll: { timeout: 20_000 } },
    pool: "forks",
    // Most tests wait for real processes, so that two cores have time for three files at once.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: pure,
        },
      },
      { extends: true, test: { name: "pure", include: pure, isolate: false } },
    ],
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary"] },
  },
});

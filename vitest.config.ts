import { defineConfig } from "vitest/config";
import { SlowFirst } from "./test/sequence.ts";

/** Folders whose tests leave their process as they found it: they share one, and load each module once. */
const TOGETHER = [
  "admin",
  "approval",
  "audit",
  "call",
  "cli",
  "clients",
  "config",
  "detect",
  "document",
  "gateway",
  "identity",
  "ingress",
  "masking",
  "notify",
  "outbound",
  "pipeline",
  "plugin",
  "policy",
  "privacy",
  "replay",
  "rollout",
  "session",
  "stages",
  "store",
  "tenancy",
  "voters",
  "wire",
];
const together = [`src/{${TOGETHER.join(",")}}/**/*.test.ts`];

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
        test: { name: "alone", include: ["src/**/*.test.ts", "test/**/*.test.ts"], exclude: together },
      },
      { extends: true, test: { name: "together", include: together, isolate: false } },
    ],
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary"] },
  },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/setup.ts"],
    testTimeout: 60_000,
    // Hundreds of real processes on a machine that others use too: what fails once is run again, and shown as flaky.
    retry: process.env["CI"] === "true" ? 1 : 0,
    hookTimeout: 60_000,
    pool: "forks",
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary"] },
  },
});

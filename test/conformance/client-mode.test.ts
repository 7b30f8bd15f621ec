import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ended } from "./ended.ts";

const RUN = fileURLToPath(new URL("client-mode.ts", import.meta.url));
const WITHIN_MS = 500_000;

it("the suite's client mode sees through the gate the client that it sees without one", {
  timeout: WITHIN_MS,
}, async () => {
  const { exit, said } = await ended(RUN, ["--gate-only"], WITHIN_MS - 5000);
  expect(exit === 0 ? "" : said).toBe("");
});

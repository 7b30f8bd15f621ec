import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ended } from "./ended.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));
const WITHIN_MS = 300_000;

it("the official suite gives through the gate what it gives without it", { timeout: WITHIN_MS }, async () => {
  const { exit, said } = await ended(RUN, [], WITHIN_MS - 5000);
  expect({ exit, said }).toEqual({ exit: 0, said });
});

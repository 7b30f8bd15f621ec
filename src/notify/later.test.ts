import { expect, test } from "vitest";
import type { Desk } from "./desk.ts";
import { deskLater } from "./later.ts";

test("a desk that cannot be opened is told of, and tried again with the next notice", async () => {
  const told: unknown[] = [];
  const desk: Desk = {
    tell: (letters) => void told.push(letters),
    wake: () => {},
    happened: () => true,
    refused: () => {},
    limits: () => {},
    close: () => Promise.resolve(),
  };
  let tries = 0;
  const failures: unknown[] = [];
  const later = deskLater(
    async () => {
      tries += 1;
      if (tries === 1) throw new Error("no such module");
      return desk;
    },
    false,
    true,
    (reason) => failures.push(reason),
  );
  later.tell([]);
  await expect.poll(() => failures.length).toBe(1);
  later.tell([]);
  await expect.poll(() => told.length).toBe(1);
  await later.close();
});

import { expect, test } from "vitest";
import type { Mailroom } from "./mailroom.ts";
import { mailroomLater } from "./later.ts";

test("a mailroom that cannot be opened is told of, and tried again with the next notice", async () => {
  const told: unknown[] = [];
  const mailroom: Mailroom = {
    tell: (letters) => void told.push(letters),
    wake: () => {},
    happened: () => true,
    refused: () => {},
    limits: () => {},
    close: () => Promise.resolve(),
  };
  let tries = 0;
  const failures: unknown[] = [];
  const later = mailroomLater(
    async () => {
      tries += 1;
      if (tries === 1) throw new Error("no such module");
      return mailroom;
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

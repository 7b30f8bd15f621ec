import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CallId } from "../../call/id.ts";
import type { Taken } from "../counters/claim.ts";
import type { Closed, Opened } from "../store.ts";
import type { Batch } from "./batch.ts";
import { queue } from "./queue.ts";
import { OPENED_COLUMNS } from "./row.ts";

/** A writer whose commits end when the test says so. */
function slowWriter() {
  const sizes: number[] = [];
  const ends: (() => void)[] = [];
  return {
    sizes,
    end: () => ends.shift()?.(),
    commit: ({ opened }: Batch) =>
      new Promise<readonly Taken[]>((resolve) => {
        sizes.push(opened.length / OPENED_COLUMNS.length);
        ends.push(() => resolve([]));
      }),
    close: () => Promise.resolve(),
  };
}

const OPENED = { kind: "opened", call: "call_1" as CallId, detail: {} } as unknown as Opened;
const CLOSED = { kind: "closed", call: "call_1" as CallId, detail: {} } as unknown as Closed;

/** Long enough for everything that is to happen without a timer. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

beforeEach(
  () => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }),
);
afterEach(() => void vi.useRealTimers());

function started() {
  const writer = slowWriter();
  const written = queue("gate_test", writer);
  const open = (count: number) => {
    for (let at = 0; at < count; at++) void written.enter("default", { events: [OPENED] });
  };
  return { writer, written, open };
}

test("a call that comes alone is written at once", async () => {
  const { writer, open } = started();
  open(1);
  await turns();
  writer.end();
  await turns();
  open(1);
  await turns();
  expect(writer.sizes).toEqual([1, 1]);
});

test("what arrives during a commit goes over as one", async () => {
  const { writer, open } = started();
  open(1);
  await turns();
  open(2);
  open(3);
  await turns();
  expect(writer.sizes).toEqual([1]);
  writer.end();
  await turns();
  expect(writer.sizes).toEqual([1, 5]);
});

test("calls that shared a commit are waited for, so that they share the next one too", async () => {
  const { writer, open } = started();
  open(4);
  await turns();
  writer.end();
  await turns();
  open(3);
  await turns();
  expect(writer.sizes).toEqual([4]);
  open(1);
  await turns();
  expect(writer.sizes).toEqual([4, 4]);
});

test("they are not waited for longer than a moment", async () => {
  const { writer, open } = started();
  open(4);
  await turns();
  writer.end();
  await turns();
  open(1);
  vi.advanceTimersByTime(3);
  await turns();
  expect(writer.sizes).toEqual([4, 1]);
});

test("ends of calls wait for company, and do not wait for ever", async () => {
  const { writer, written } = started();
  void written.enter("default", { events: [CLOSED] });
  await turns();
  expect(writer.sizes).toEqual([]);
  vi.advanceTimersByTime(20);
  await turns();
  expect(writer.sizes).toEqual([0]);
});

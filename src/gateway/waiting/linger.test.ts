import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Desk } from "../../approval/desk.ts";
import { type ApprovalId, approvalId, type Instant } from "../../call/id.ts";
import type { Act, Approval, State } from "../../store/approvals.ts";
import { HELD_MS, isCrowded, LOOK_MS, linger, type Waiter } from "./linger.ts";

const ANA = { id: "ana", tenant: "default", roles: [], scopes: [], source: "token" } as const;
const HOUR = 3_600_000;
const ID = approvalId(0);
let began: Instant;
let acts: Act[];
let failing: boolean;
const warned: unknown[] = [];

/** The desk of one question, asked when the test began and open for an hour. */
const gate = {
  desk: {
    async get(_: string, id: ApprovalId) {
      if (failing) throw new Error("away");
      const question = { expires: began + HOUR, at: began, asks: [{ within_ms: HOUR }] };
      return id === ID ? ({ question, acts } as unknown as Approval) : undefined;
    },
  } as unknown as Desk,
  waits: new Set<Waiter>(),
  ticks: () => performance.now(),
  now: () => Date.now(),
  log: { warn: (about: unknown) => void warned.push(about) } as never,
};
const become = (state: State): void =>
  void acts.push({
    seq: 1,
    at: Date.now(),
    state,
    reason: "",
    deed: { kind: "deny" },
    by: { id: "", roles: [], source: "" },
  });
const wait = (over = (): boolean => false, each = (): void => undefined, id = ID, who = ANA) =>
  linger(gate, who, id, HELD_MS, over, each);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  [began, acts, failing] = [Date.now(), [], false];
});
afterEach(() => {
  vi.useRealTimers();
});

test("ends soon after people decide, whatever they decide", async () => {
  for (const state of ["approved", "denied", "void"] as const) {
    acts = [];
    const waiting = wait();
    await vi.advanceTimersByTimeAsync(10 * LOOK_MS);
    become(state);
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(await waiting).toBe(state);
  }
});

test("is over after its time, and where there is nothing to wait for", async () => {
  let looks = 0;
  const waiting = wait(undefined, () => void (looks += 1));
  await vi.advanceTimersByTimeAsync(HELD_MS);
  expect(await waiting).toBe("pending");
  expect(looks).toBe(HELD_MS / LOOK_MS);
  expect(await wait(() => true)).toBe("pending");
  expect(await wait(undefined, undefined, approvalId(1))).toBe("void");
});

test("a question that cannot be read is still waited for", async () => {
  failing = true;
  const waiting = wait();
  await vi.advanceTimersByTimeAsync(LOOK_MS);
  expect(warned.length).toBeGreaterThan(0);
  failing = false;
  become("approved");
  await vi.advanceTimersByTimeAsync(LOOK_MS);
  expect(await waiting).toBe("approved");
});

test("no more than so many wait at once, of one gate, and nobody keeps others out", async () => {
  const all = Array.from({ length: 512 }, () => wait());
  expect([isCrowded(gate, ANA), isCrowded({ waits: new Set() }, ANA)]).toEqual([true, false]);
  const other = { ...ANA, tenant: "acme" };
  expect(isCrowded(gate, other)).toBe(false);
  const came = wait(undefined, undefined, ID, other as never);
  await vi.advanceTimersByTimeAsync(LOOK_MS);
  // The longest waiting of who has the most is told that it waits.
  expect(await all[0]).toBe("pending");
  expect([gate.waits.size, isCrowded(gate, ANA)]).toEqual([512, true]);
  await vi.advanceTimersByTimeAsync(HELD_MS);
  await Promise.all([...all, came]);
  expect([gate.waits.size, isCrowded(gate, ANA)]).toEqual([0, false]);
});

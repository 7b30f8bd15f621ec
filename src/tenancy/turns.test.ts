import fc from "fast-check";
import { expect, test } from "vitest";
import { Fault } from "../call/fault.ts";
import { type Turns, turns } from "./turns.ts";

/** Work whose end the test decides, and in which order it began. */
function jobs(of: Turns) {
  const began: string[] = [];
  const running: { readonly tenant: string; readonly end: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return {
    began,
    running,
    ask: (tenant: string, times = 1): Promise<void> => {
      for (let at = 0; at < times; at++)
        void of.take(tenant, () => {
          began.push(tenant);
          return new Promise<void>((end) => running.push({ tenant, end }));
        });
      return settle();
    },
    /** The one that began first ends. */
    endOne: async (): Promise<void> => {
      running.shift()?.end();
      await settle();
    },
  };
}
const still = (): number => 0;
const count = (list: readonly string[], tenant: string): number =>
  list.filter((each) => each === tenant).length;

test("whoever is alone is never held up", async () => {
  const { ask, began } = jobs(turns(() => 1, still, 4));
  await ask("acme", 100);
  expect(began).toHaveLength(100);
});

test("whoever was beside others a moment ago leaves room for them, and is alone again after a minute", async () => {
  let now = 0;
  const { ask, began, running, endOne } = jobs(
    turns(
      () => 1,
      () => now,
      4,
    ),
  );
  await ask("calm");
  await endOne();
  await ask("flood", 100);
  expect(began).toHaveLength(1 + 4);
  await ask("calm", 2);
  expect(running.map(({ tenant }) => tenant)).toEqual(["flood", "flood", "flood", "flood", "calm", "calm"]);
  for (let each = 0; each < 102; each++) await endOne();
  expect(began).toHaveLength(103);
  now = 60_000;
  began.length = 0;
  await ask("flood", 100);
  expect(began).toHaveLength(100);
});

test("who comes while another floods begins at once, with its part", async () => {
  const { ask, began } = jobs(turns(() => 1, still, 8));
  await ask("flood", 1000);
  began.length = 0;
  await ask("calm", 4);
  expect(began).toEqual(["calm", "calm", "calm", "calm"]);
  await ask("calm");
  expect(began).toHaveLength(4);
});

test("a tenant at ten times its share does not change how long others wait", async () => {
  /** Rounds from when a calm call is asked until it has ended; in each round as much ends as there are places. */
  async function waits(flood: number): Promise<readonly number[]> {
    const places = 8;
    const of = turns(() => 1, still, places);
    const { ask, running, endOne } = jobs(of);
    const took: number[] = [];
    let round = 0;
    for (; round < 200; round++) {
      await ask("flood", flood);
      const asked = round;
      void of
        .take("calm", () => new Promise<void>((end) => running.push({ tenant: "calm", end })))
        .then(() => took.push(round - asked));
      await Promise.resolve();
      for (let each = 0; each < places; each++) await endOne();
    }
    return took.toSorted((a, b) => a - b);
  }
  const p95 = (all: readonly number[]): number => all[Math.floor(all.length * 0.95)] ?? Infinity;
  const [fair, flooded] = [await waits(4), await waits(40)];
  expect(flooded.length).toBeGreaterThan(190);
  expect(p95(flooded)).toBeLessThanOrEqual(2 * Math.max(1, p95(fair)));
});

test("what is left over goes by shares", async () => {
  const of = jobs(turns((tenant) => (tenant === "big" ? 3 : 1), still, 8));
  await of.ask("other", 1);
  await of.ask("big", 400);
  await of.ask("small", 400);
  for (let each = 0; each < 20; each++) await of.endOne();
  of.began.length = 0;
  for (let each = 0; each < 80; each++) await of.endOne();
  expect(count(of.began, "big") / count(of.began, "small")).toBeCloseTo(3, 0);
});

test("work that fails makes room as well, and says so to who asked", async () => {
  const of = turns(() => 1, still, 1);
  const failing = of.take("a", () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  await expect(of.take("b", async () => "done")).resolves.toBe("done");
});

test("who has too much waiting is told so", async () => {
  const of = turns(() => 1, still, 1);
  const never = (): Promise<void> => new Promise(() => undefined);
  void of.take("calm", never);
  void of.take("flood", never);
  for (let each = 0; each < 8_192; each++) void of.take("flood", never);
  await expect(of.take("flood", never)).rejects.toThrow(Fault);
  const another = of.take("third", async () => "at once");
  await expect(another).resolves.toBe("at once");
});

test("whatever comes and ends, everything is done in the order of its tenant, and nobody has too little", async () => {
  const step = fc.oneof(
    fc.record({ tenant: fc.constantFrom("a", "b", "c"), times: fc.integer({ min: 1, max: 12 }) }),
    fc.constant("end" as const),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (steps, places) => {
        const shares: Readonly<Record<string, number>> = { a: 1, b: 2, c: 5 };
        const of = turns((tenant) => shares[tenant] ?? 1, still, places);
        const waiting = new Map<string, number>();
        const done: Record<string, number[]> = { a: [], b: [], c: [] };
        const running: { readonly tenant: string; readonly end: () => void }[] = [];
        let asked = 0;
        const settle = async (): Promise<void> => {
          for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        };
        for (const each of steps) {
          if (each === "end") running.shift()?.end();
          else
            for (let at = 0; at < each.times; at++) {
              const number = asked++;
              waiting.set(each.tenant, (waiting.get(each.tenant) ?? 0) + 1);
              void of.take(each.tenant, () => {
                waiting.set(each.tenant, (waiting.get(each.tenant) ?? 0) - 1);
                done[each.tenant]?.push(number);
                return new Promise<void>((end) => running.push({ tenant: each.tenant, end }));
              });
            }
          await settle();
          const here = ["a", "b", "c"].filter(
            (tenant) => (waiting.get(tenant) ?? 0) > 0 || running.some((job) => job.tenant === tenant),
          );
          const all = here.reduce((sum, tenant) => sum + (shares[tenant] ?? 1), 0);
          for (const tenant of here) {
            const active = running.filter((job) => job.tenant === tenant).length;
            const right = Math.max(1, Math.floor((places * (shares[tenant] ?? 1)) / all));
            if ((waiting.get(tenant) ?? 0) > 0) expect(active).toBeGreaterThanOrEqual(right);
          }
          if ([...waiting.values()].some((left) => left > 0))
            expect(running.length).toBeGreaterThanOrEqual(places);
        }
        while (running.length > 0) {
          running.shift()?.end();
          await settle();
        }
        const total = Object.values(done).flat();
        expect(total).toHaveLength(asked);
        for (const own of Object.values(done)) expect(own).toEqual(own.toSorted((x, y) => x - y));
      },
    ),
    { numRuns: 60 },
  );
});

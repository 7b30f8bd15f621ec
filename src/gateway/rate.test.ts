import { expect, test } from "vitest";
import type { Charge, Window } from "../call/charge.ts";
import { rateFields, refusedFields } from "./rate.ts";

const AT = Date.parse("2026-11-21T12:00:00Z");

function charge(rule: string, most: number, window: Window, more: Partial<Charge> = {}): Charge {
  const own = { rule, most, window, counter: rule, everybody: false, meter: "api_calls" } as const;
  return {
    ...own,
    amount: 1,
    enforcement: "hard",
    alert_above: undefined,
    says: "",
    why: undefined,
    ...more,
  };
}
const HOUR: Window = { kind: "sliding", length_ms: 3_600_000 };

test("a client is told what is left of each limit, and when it is whole again", () => {
  const day: Window = { kind: "span", from: AT - 1000, until: AT + 86_399_000 };
  const levels = [
    { charge: charge("research-rate", 100, HOUR), used: 40, resets: AT + 3_600_000 },
    {
      charge: charge("research-rate", 10, { kind: "bucket", every_ms: 36_000 }),
      used: 2.5,
      resets: AT + 89_500,
    },
    { charge: charge("daily", 5, day), used: 5, resets: AT + 86_399_000 },
    { charge: charge("at-once", 3, { kind: "held" }), used: 1, resets: undefined },
  ];
  expect(rateFields(levels, AT)).toEqual({
    "ratelimit-policy":
      '"daily";q=5;w=86400, "at-once";q=3;qu="concurrent-requests", "research-rate:burst";q=10;w=360, "research-rate";q=100;w=3600',
    ratelimit:
      '"daily";r=0;t=86399, "at-once";r=2, "research-rate:burst";r=7;t=90, "research-rate";r=60;t=3600',
  });
});

test("what others use, what refuses nothing and what is no number of calls is not told", () => {
  const quiet = [
    charge("everybody's", 5, HOUR, { everybody: true }),
    charge("soft", 5, HOUR, { enforcement: "soft" }),
    charge("spent", 5, HOUR, { meter: "argument", amount: 2 }),
  ];
  expect(
    rateFields(
      quiet.map((one) => ({ charge: one, used: 3, resets: AT })),
      AT,
    ),
  ).toEqual({});
  const [everybodys = charge("", 1, HOUR)] = quiet;
  expect(refusedFields({ kind: "full", charge: everybodys, free_at: AT + 61_500 }, AT)).toEqual({
    "retry-after": "62",
  });
});

test("of many limits the tightest are told", () => {
  const levels = Array.from({ length: 20 }, (_, at) => ({
    charge: charge(`r${at}`, 100, HOUR),
    used: at,
    resets: AT,
  }));
  const { ratelimit = "" } = rateFields(levels, AT);
  expect(ratelimit.split(", ").map((one) => one.split(";")[0])).toEqual(
    [19, 18, 17, 16, 15, 14, 13, 12].map((at) => `"r${at}"`),
  );
});

test("who is refused is told when to come again, and never at once", () => {
  const full = { kind: "full", charge: charge("calls", 5, HOUR), free_at: AT + 61_000 } as const;
  expect(refusedFields(full, AT)).toEqual({
    "ratelimit-policy": '"calls";q=5;w=3600',
    ratelimit: '"calls";r=0;t=61',
    "retry-after": "61",
  });
  expect(refusedFields({ ...full, free_at: AT - 5 }, AT)["retry-after"]).toBe("1");
});

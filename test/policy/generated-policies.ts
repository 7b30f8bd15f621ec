import fc from "fast-check";
import { conditions } from "./generated-conditions.ts";
import type { WrittenAsk, WrittenGrant, WrittenLimit, WrittenPolicy, WrittenRule } from "./naive.ts";
import type { WrittenHours } from "./times.ts";

const maybe = <T>(value: fc.Arbitrary<T>, freq = 2): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq });
/** One glob, several with `|`, or a list of either. */
const globs = (...patterns: string[]): fc.Arbitrary<string | readonly string[]> =>
  fc.oneof(
    fc.constantFrom(...patterns),
    fc.subarray(patterns, { minLength: 1 }).map((some) => some.join(" | ")),
    fc.subarray(patterns, { minLength: 1 }),
    fc.subarray(patterns, { minLength: 2 }).map(([first = "", ...rest]) => [first, rest.join("|")]),
  );
const resources = globs("/srv/*", "/etc/*", "*a*", "1?", "file:///srv/*", "demo://*", "*");
const zones = fc.constantFrom("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata");

type WrittenMatch = WrittenRule["match"];
const targets: fc.Arbitrary<Record<string, string | readonly string[]>> = fc.oneof(
  fc.record({ tool: globs("read_*", "write_a", "r?ad.a", "x", "*") }),
  fc.record({ prompt: globs("p*", "p_1", "q") }),
  fc.record({ resource: resources }),
  fc.record({ resource: resources, tool: globs("*", "read*") }),
  fc.record({ resource: resources, method: fc.constantFrom("resources/*", "*/call") }),
  fc.record({ method: globs("tools/*", "resources/read", "odd/thing", "tasks/*") }),
);
const matches: fc.Arbitrary<WrittenMatch> = fc
  .record({
    target: maybe(targets, 3),
    server: maybe(globs("files", "git*", "git-hub", "*|none")),
    era: maybe(globs("legacy", "m*"), 1),
    principal: maybe(globs("ana", "b*"), 1),
    role: maybe(globs("dev", "ops*"), 1),
    tenant: maybe(globs("acme", "*"), 1),
    scope: maybe(globs("read", "write|admin"), 1),
  })
  .map(({ target, ...rest }) => {
    const match: Record<string, string | readonly string[]> = { ...target };
    for (const [key, value] of Object.entries(rest)) if (value !== undefined) match[key] = value;
    return match;
  });

const minutes = fc.integer({ min: 0, max: 1439 });
const hours: fc.Arbitrary<WrittenHours> = fc.record({
  spans: fc.array(fc.record({ from: minutes, until: minutes }), { minLength: 1, maxLength: 2 }),
  days: fc.subarray([0, 1, 2, 3, 4, 5, 6]),
  zone: maybe(zones),
});

const pers = maybe(
  fc.subarray(["global", "tenant", "user", "role", "client", "server", "tool"] as const, { minLength: 1 }),
);
const enforcements = maybe(fc.constantFrom("hard", "soft", "warn"));
const most = fc.integer({ min: 1, max: 1000 });
const amounts: fc.Arbitrary<Omit<WrittenLimit, "once">> = fc.oneof(
  fc.record({
    kind: fc.constant("rate" as const),
    most,
    unit: fc.constantFrom("second", "minute", "hour", "day", "week"),
    times: fc.integer({ min: 1, max: 4 }),
    window: maybe(fc.constantFrom("sliding", "fixed")),
    per: pers,
    burst: maybe(most),
    meter: fc.constant(undefined),
    enforcement: enforcements,
    zone: fc.constant(undefined),
  }),
  fc.record({
    kind: fc.constantFrom("rate", "quota"),
    most,
    unit: fc.constantFrom("minute", "hour", "day", "week", "month", "year"),
    times: fc.constant(1),
    window: fc.constant("calendar" as const),
    per: pers,
    burst: fc.constant(undefined),
    meter: fc.constant(undefined),
    enforcement: enforcements,
    zone: maybe(zones),
  }),
  fc.record({
    kind: fc.constant("quota" as const),
    most,
    unit: fc.constantFrom("hour", "day", "month", "year"),
    times: fc.constant(1),
    window: fc.constant(undefined),
    per: pers,
    burst: fc.constant(undefined),
    meter: maybe(fc.constantFrom("api_calls", "storage_gb", "compute_hours", "args.n", "args.o.n")),
    enforcement: enforcements,
    zone: maybe(zones),
  }),
  fc.record({
    kind: fc.constant("concurrency" as const),
    most,
    unit: fc.constant("day" as const),
    times: fc.constant(1),
    window: fc.constant(undefined),
    per: pers,
    burst: fc.constant(undefined),
    meter: fc.constant(undefined),
    enforcement: enforcements,
    zone: fc.constant(undefined),
  }),
);
/** A key is for what refuses, and not for what is under way at once. */
const limits: fc.Arbitrary<WrittenLimit> = fc
  .tuple(amounts, maybe(fc.constantFrom("args.n", "args.o.n")))
  .map(([limit, once]) => {
    const keyed = limit.kind !== "concurrency" && (limit.enforcement ?? "hard") === "hard";
    return { ...limit, once: keyed ? once : undefined };
  });

const asks: fc.Arbitrary<WrittenAsk> = fc
  .record({
    approvers: fc.oneof(
      fc.integer({ min: 1, max: 3 }),
      fc.subarray(["ana", "bob", "cto@example.com", "role:ops"], { minLength: 1 }),
    ),
    quorum: maybe(fc.integer({ min: 1, max: 3 })),
    within: maybe(
      fc.record({ count: fc.integer({ min: 1, max: 30 }), unit: fc.constantFrom("m", "h", "d") }),
    ),
    requester_may_approve: maybe(fc.boolean()),
  })
  .filter(
    ({ approvers, quorum = 1 }) =>
      typeof approvers === "number" || approvers.includes("role:ops") || quorum <= approvers.length,
  )
  .map((its) => (typeof its.approvers === "number" ? { ...its, quorum: undefined } : its));

const effects: fc.Arbitrary<WrittenRule["effect"]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "allow" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "deny" as const }) },
  { weight: 2, arbitrary: asks.map((its) => ({ kind: "ask" as const, asks: its })) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("access" as const), break_glass: fc.boolean() }),
  },
  { weight: 1, arbitrary: hours.map((its) => ({ kind: "hours" as const, hours: its })) },
  { weight: 2, arbitrary: limits.map((limit) => ({ kind: "limit" as const, limit })) },
);

/** Policies of up to ten rules that load. */
export const policies: fc.Arbitrary<WrittenPolicy> = fc.record({
  fallback: fc.constantFrom("allow", "deny"),
  rules: fc
    .array(fc.record({ match: matches, when: maybe(conditions), effect: effects }), { maxLength: 10 })
    .map((rules) => rules.map((rule, index) => ({ name: `r${index}`, ...rule }))),
});

const narrowed = fc.record(
  {
    servers: fc.subarray(["files", "git*", "web"]),
    tools: fc.subarray(["read_*", "write_a", "r?ad.a", "*"]),
    resources: fc.subarray(["/srv/*", "*a*", "demo://*", "*"]),
    operations: fc.subarray(["tools/call", "resources/*", "*"]),
  },
  { requiredKeys: [] },
);

/** What a principal may have been granted, under any name that a rule can have. */
export const grants: fc.Arbitrary<readonly WrittenGrant[]> = fc.array(
  fc.record({
    rule: fc.integer({ min: 0, max: 9 }).map((at) => `r${at}`),
    kind: fc.constantFrom("access", "access", "break_glass"),
    void: fc.constantFrom(false, false, false, true),
    left_ms: fc.constantFrom(3_600_000, 1, 0, -1),
    to: fc.oneof(fc.constant({}), narrowed),
  }),
  { maxLength: 6 },
);

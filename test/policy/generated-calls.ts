import fc from "fast-check";
import type { Call, Target } from "../../src/call/call.ts";
import { firstCallId } from "../../src/call/id.ts";
import type { JsonObject } from "../../src/call/json.ts";
import type { Finding } from "../../src/call/verdict.ts";

/** The same few places in the spellings of people, of URLs and of those who look for a way round. */
const PLACES = [
  "/srv/data/a",
  "/srv/home/a",
  "/srv/database",
  "/etc/x",
  "/srv/../etc/x",
  "/srv/%2e%2e/etc/x",
  "/srv/%252e%252e/etc/x",
  "/srv/.%09./etc/x",
  "\\srv\\data\\a",
  "/srv/data\\..\\..\\..\\etc\\x",
  "/srv/./data//a",
  "/et\tc/x",
  " /etc/x",
  "file:///srv/data/a",
  "FILE:///etc/x",
  "file://localhost/srv/data/a",
  "file:///srv/data/%2e%2e/%2e%2e/etc/x",
  "demo://a/b",
  "DEMO://A/b",
  "~/a",
  "a/b",
  "../x",
  "",
];

const places = fc.constantFrom(...PLACES);
const targets: fc.Arbitrary<{ readonly method: string; readonly target: Target }> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .constantFrom("read_a", "read.a", "read/a", "write-a", "write_a", "x", "Read_a", "")
      .map((name) => ({ method: "tools/call", target: { kind: "tool", name } as const })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("prompts/get", "completion/complete"), fc.constantFrom("p.1", "p-1", "q"))
      .map(([method, name]) => ({ method, target: { kind: "prompt", name } as const })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("resources/read", "resources/subscribe"), places)
      .map(([method, uri]) => ({ method, target: { kind: "resource", uri } as const })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("odd/thing", "tasks/get")
      .map((method) => ({ method, target: { kind: "none" } as const })),
  },
);

const numbers = fc.constantFrom(0, -1, 1, 3, 4.5, 5, 1000, 2e15, 1e308);
const anything = fc.oneof(numbers, places, fc.constantFrom("5", "a secret"), fc.jsonValue({ maxDepth: 2 }));
const argsOf: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      n: fc.oneof({ weight: 4, arbitrary: numbers }, { weight: 1, arbitrary: anything }),
      s: anything,
      path: fc.oneof({ weight: 4, arbitrary: places }, { weight: 1, arbitrary: anything }),
      name: fc.oneof(fc.constantFrom("/srv/b", "aa"), numbers, fc.array(places, { maxLength: 2 })),
      list: fc.oneof(fc.array(fc.oneof(numbers, places), { maxLength: 3 }), anything),
      o: fc.oneof(fc.record({ n: numbers }), anything),
      odd: fc.oneof(
        anything,
        fc
          .constantFrom('{"__proto__": 1}', '{"constructor": {"n": 1}}', "1e400")
          .map((text) => JSON.parse(text)),
      ),
    },
    { requiredKeys: [] },
  )
  .map((args) => args as JsonObject);

/** Where clocks change, months end, and hours begin and end. */
const INSTANTS = [
  "2026-03-29T00:59:59.999Z",
  "2026-03-29T01:00:00Z",
  "2026-10-25T00:30:00Z",
  "2026-10-25T01:00:00Z",
  "2026-01-31T23:30:00Z",
  "2026-12-31T23:59:59.999Z",
  "2027-01-01T00:00:00Z",
  "2026-11-20T08:59:00Z",
  "2026-11-20T10:00:00Z",
].map((text) => Date.parse(text));
const instants = fc.oneof(
  fc.constantFrom(...INSTANTS),
  fc.integer({ min: Date.parse("2026-01-01T00:00:00Z"), max: Date.parse("2028-03-01T00:00:00Z") }),
);

const INEXACT = ["n", "o.n", "path", "list.0", "s"];

/** Calls with arguments of every shape. */
export const calls: fc.Arbitrary<Call> = fc
  .record({
    principal: fc.record(
      {
        id: fc.constantFrom("ana", "bob"),
        tenant: fc.constantFrom("acme", "default"),
        roles: fc.subarray(["dev", "ops-lead"]),
        scopes: fc.subarray(["read", "write"]),
        source: fc.constant("local-account" as const),
        amr: fc.subarray(["pwd", "mfa"]),
        acr: fc.constantFrom("gold", "silver"),
        auth_at: instants,
      },
      { requiredKeys: ["id", "tenant", "roles", "scopes", "source"] },
    ),
    client: fc.option(fc.constant({ name: "cursor", version: "1" }), { nil: undefined }),
    where: targets,
    server: fc.constantFrom("files", "git_hub", "git-hub", "web"),
    era: fc.constantFrom("legacy" as const, "modern" as const),
    args: argsOf,
    at: instants,
    inexact: fc.oneof(
      { weight: 5, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.subarray(INEXACT, { minLength: 1, maxLength: 2 }) },
    ),
  })
  .map(({ where, ...rest }) => ({ id: firstCallId(rest.at), meta: {}, ...where, ...rest }));

/** What guards found before the judge is asked. */
export const findings: fc.Arbitrary<readonly Finding[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        guard: fc.constant("g"),
        class: fc.constantFrom("secret", "pii"),
        severity: fc.constantFrom("low" as const, "medium" as const, "high" as const, "critical" as const),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  },
);

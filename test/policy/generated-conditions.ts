import fc from "fast-check";
import * as cel from "./conditions.ts";

const names = fc.constantFrom("n", "s", "path", "list", "o", "odd");
const parts = fc.constantFrom("a", "/srv/", "secret", "x", "");

const leaves: fc.Arbitrary<cel.Written> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("n", "o.n", "s", "name"),
      fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
      fc.constantFrom(0, 3, 5, 7.5),
    )
    .map((its) => cel.number(...its)),
  names.map(cel.has),
  fc
    .tuple(names, fc.constantFrom("startsWith", "endsWith", "contains", "=="), parts)
    .map((its) => cel.text(...its)),
  fc
    .tuple(
      fc.constantFrom(...cel.VARIABLES),
      fc.constantFrom("ana", "acme", "files", "tools/call", "modern", "read_a", "p.1", "cursor", ""),
    )
    .map((its) => cel.variable(...its)),
  fc.constantFrom("/srv/", "/", "demo:", "x").map(cel.resource),
  fc.constantFrom("dev", "ops-lead", "nobody").map(cel.role),
  fc.constantFrom("mfa", "pwd").map(cel.factor),
  fc.constantFrom("gold", "").map(cel.surely),
  fc.constantFrom(60, 86_400).map(cel.lately),
  fc.constantFrom(0, 25, 75, 100).map(cel.risk),
  fc.constantFrom("secret", "pii").map(cel.found),
  fc
    .tuple(fc.constantFrom("UTC", "Europe/Amsterdam", "Asia/Kolkata"), fc.integer({ min: 0, max: 24 }))
    .map((its) => cel.hour(...its)),
  fc.constantFrom("2026-06-01T00:00:00Z", "2026-10-25T02:30:00+02:00").map(cel.since),
  fc
    .tuple(fc.constantFrom("exists", "all"), fc.constantFrom("list", "o", "s"), fc.constantFrom(2, 5))
    .map((its) => cel.each(...its)),
  fc
    .tuple(fc.constantFrom("path", "s", "n"), fc.constantFrom("/srv/data", "/srv/home"))
    .map((its) => cel.within(...its)),
  fc.constantFrom("secret", "etc", "zz").map(cel.mentions),
);

/** A condition of up to three levels above its leaves. */
export const conditions: fc.Arbitrary<cel.Written> = fc.letrec<{ tree: cel.Written }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leaves },
    { weight: 1, arbitrary: tie("tree").map(cel.not) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("&&", "||"), tie("tree"), tie("tree"))
        .map((its) => cel.both(...its)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("tree"), tie("tree"), tie("tree")).map((its) => cel.choice(...its)),
    },
  ),
})).tree;

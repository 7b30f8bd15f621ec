import type { Upstream } from "./upstreams.ts";

/** What differs from one run to the next, gate or not, and is left out of the comparison. */
export const UNSTEADY: Readonly<Record<string, readonly { readonly key: string; readonly why: string }[]>> =
  {};

/** Keys that only one era has: a bridge adds or takes them away, as the specification wants it. */
const OF_AN_ERA = new Set(["resultType", "ttlMs", "cacheScope"]);
const SERVER_INFO = "io.modelcontextprotocol/serverInfo";

function tidy(value: unknown, unsteady: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => tidy(item, unsteady));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (OF_AN_ERA.has(key) || key === SERVER_INFO || unsteady.has(key)) return [];
    const kept = tidy(inner, unsteady);
    const empty =
      key === "_meta" && typeof kept === "object" && kept !== null && Object.keys(kept).length === 0;
    return empty ? [] : [[key, kept]];
  });
  return Object.fromEntries(entries);
}

/** What was seen as plain JSON, without what only one era has and what no two runs share. */
export function plain(seen: unknown, { title }: Upstream): unknown {
  const unsteady = new Set(
    Object.entries(UNSTEADY).flatMap(([name, keys]) =>
      title.includes(name) ? keys.map(({ key }) => key) : [],
    ),
  );
  return tidy(JSON.parse(JSON.stringify(seen)), unsteady);
}

/** What only one era has: a bridge adds it or takes it away, as the specification wants it. */
const OF_AN_ERA = new Set([
  "resultType",
  "ttlMs",
  "cacheScope",
  // Tasks of 2025-11-25, which 2026-07-28 took out of its core.
  "execution",
  // In a question to the client: only a request has one.
  "progressToken",
  "io.modelcontextprotocol/serverInfo",
]);

const isEmpty = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !OF_AN_ERA.has(key))
      .map(([key, inner]) => [key, tidy(inner)])
      .filter(([key, inner]) => !(key === "_meta" && isEmpty(inner))),
  );
}

/** What was seen as plain JSON, without what only one era has. */
export const plain = (seen: unknown): unknown => tidy(JSON.parse(JSON.stringify(seen)));

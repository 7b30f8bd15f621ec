import type { AskedPlugin } from "../config/plugins.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Ask } from "./ask.ts";
import { hitsOf, Nonsense } from "./found.ts";
import { CLASSES } from "./words.ts";

/** Sends JSON and reads JSON. Rejects with OutboundError, or Nonsense where the answer is no such thing. */
export async function exchanged(
  { url, headers }: Pick<AskedPlugin, "url" | "headers">,
  outbound: Outbound,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await outbound.fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  if (answer.status !== 200) throw new Nonsense(`it answered ${answer.status}`);
  try {
    return await answer.json();
  } catch {
    throw new Nonsense("it answered no JSON");
  }
}

/**
 * Asks a program over HTTP, all texts of a message at once: `{"texts": [{"text", "role", "name"}]}`. It answers
 * `{"findings": [[{class, kind, severity, score, from, until, why}]]}`, a list for each text, places in UTF-16 units.
 */
export function askHttp(plugin: AskedPlugin, outbound: Outbound): Ask {
  return async (texts, signal) => {
    const sent = texts.map(({ text, field: { role, name } }) => ({ text, role, name }));
    const said = await exchanged(plugin, outbound, { texts: sent }, signal);
    const findings = typeof said === "object" && said !== null && "findings" in said ? said.findings : [];
    if (!Array.isArray(findings) || findings.length !== texts.length)
      throw new Nonsense("it did not speak of each text");
    return texts.map(({ text }, at) =>
      hitsOf(findings[at], text, CLASSES).map(({ from, until, ...hit }) => ({
        guard: plugin.name,
        ...hit,
        span: { from, until },
      })),
    );
  };
}

import type { Asked } from "../../config/plugins.ts";
import { FINDING_CLASSES } from "../../call/guard.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { hitsOf, Nonsense } from "../found.ts";
import { exchanged } from "./exchange.ts";

/**
 * Asks a program over HTTP, all texts of a message at once: `{"texts": [{"text", "role", "name"}]}`. It answers
 * `{"findings": [[{class, kind, severity, score, from, until, why}]]}`, a list for each text, places in UTF-16 units.
 */
export function askHttp(plugin: Asked<"http">, outbound: Outbound): Ask {
  return async (texts, signal) => {
    const sent = texts.map(({ text, field: { role, name } }) => ({ text, role, name }));
    const said = await exchanged(plugin, outbound, { texts: sent }, signal);
    const findings = typeof said === "object" && said !== null && "findings" in said ? said.findings : [];
    if (!Array.isArray(findings) || findings.length !== texts.length)
      throw new Nonsense("it did not speak of each text");
    return texts.map(({ text }, at) =>
      hitsOf(findings[at], text, FINDING_CLASSES).map(({ from, until, ...hit }) => ({
        guard: plugin.name,
        ...hit,
        span: { from, until },
      })),
    );
  };
}

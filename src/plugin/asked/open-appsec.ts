import type { Asked } from "../../config/plugins.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { posted } from "./exchange.ts";
import { foundAt } from "./whole.ts";

const PREVENTED = {
  class: "malformed",
  kind: "web_attack",
  score: 1,
  why: "open-appsec prevents it as an attack",
} as const;

/**
 * Sends each text, as `{"text": "…"}`, to a page that open-appsec protects: its agent hears of requests from the web server that it is
 * attached to, over shared memory, and has no other door. What it prevents is found; what reaches the page is not.
 */
export function askOpenAppsec(plugin: Asked<"open_appsec">, outbound: Outbound): Ask {
  const { name, status } = plugin;
  return async (texts, signal) =>
    await Promise.all(
      texts.map(async ({ text }) => {
        if (text.trim() === "") return [];
        const answer = await posted(plugin, outbound, { text }, signal);
        if (answer.status === status) return [foundAt(name, PREVENTED, 0, text.length)];
        // A page that is not there, or a sign-in before it, says nothing of the text.
        if (answer.status !== 200) throw new Nonsense(`it answered ${answer.status}`);
        return [];
      }),
    );
}

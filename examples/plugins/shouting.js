import { definePlugin } from "portcullis/plugin";

const LEAST = 40;

/** Counts texts that are mostly capitals, to see how many there are before anything is done about them. */
export const plugin = definePlugin({
  name: "shouting",
  version: "1",
  tier: "observe",
  broken: "pass",
  classes: ["malformed"],
  look(text, { made }) {
    const letters = text.match(/\p{L}/gu)?.length ?? 0;
    const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
    if (made !== "original" || letters < LEAST || capitals / letters < 0.7) return [];
    const score = Math.min(1, capitals / letters);
    return [{ class: "malformed", severity: "low", score, from: 0, until: text.length, why: "mostly capitals" }];
  },
});

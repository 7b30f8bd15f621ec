import { definePlugin } from "portcullis/plugin";

const SIGNS = [
  /\b(?:immediately|right now|within the next (?:hour|\d+ minutes)|before it is too late)\b/i,
  /\b(?:account|access|service) (?:will|is going to) be (?:suspended|closed|deleted|locked)\b/i,
  /\b(?:do not|don't) (?:tell|inform|contact|mention)\b/i,
  /\b(?:final|last) (?:notice|warning|reminder)\b/i,
];

/** Texts that hurry their reader along, as fraud does: two signs are a finding, on record and for rules of the policy. */
export const plugin = definePlugin({
  name: "urgency",
  version: "1",
  tier: "annotate",
  broken: "pass",
  classes: ["prompt_injection"],
  roles: ["result", "resource", "prompt", "text"],
  look(text) {
    const places = SIGNS.map((sign) => sign.exec(text)).filter((match) => match !== null);
    if (places.length < 2) return [];
    const from = Math.min(...places.map(({ index }) => index));
    const until = Math.max(...places.map(({ index, 0: match }) => index + match.length));
    const score = Math.min(1, 0.3 + places.length * 0.2);
    return [{ class: "prompt_injection", severity: "medium", score, from, until, why: "it hurries its reader" }];
  },
});

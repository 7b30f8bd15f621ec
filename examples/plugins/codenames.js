import { definePlugin } from "portcullis/plugin";

const NAMES = /\b(?:bluefin|nightjar|sandcastle)\b/gi;

/** Names of projects that are not public yet: each is masked, wherever it stands. */
export const plugin = definePlugin({
  name: "codenames",
  version: "1",
  tier: "rewrite",
  broken: "stop",
  classes: ["pii"],
  look: (text) =>
    [...text.matchAll(NAMES)].map(({ index, 0: name }) => ({
      class: "pii",
      kind: "codename",
      severity: "high",
      score: 0.9,
      from: index,
      until: index + name.length,
      why: "the name of a project that is not public",
    })),
});

import { type Group, numberOf } from "./lexicon.ts";

/** What a window asks for, by the groups of words that stand in it: the first that fits is said. */
const REASONS: readonly (readonly [readonly Group[], string])[] = [
  [["ignore", "instruction"], "tells a model to set its instructions aside"],
  [["ignore", "prior"], "tells a model to set aside what came before"],
  [["never", "tell", "user"], "asks a model to keep something from the user"],
  [["reveal", "prompt"], "asks a model for its prompt"],
  [["send", "secret"], "asks a model to pass on secrets"],
  [["reveal", "secret"], "asks a model to show secrets"],
  [["you", "unbound"], "tells a model that it has no limits"],
  [["fresh", "instruction"], "gives a model new instructions"],
  [["act", "you"], "gives a model another part to play"],
  [["hidden", "instruction"], "speaks as the system to a model"],
];

const MASKS = REASONS.map(
  ([groups, why]) => [groups.reduce((mask, group) => mask | (1 << numberOf(group)), 0), why] as const,
);

/** Why a window was found, in words that quote nothing of it. */
export function reasonOf(groups: number): string {
  return MASKS.find(([mask]) => (groups & mask) === mask)?.[1] ?? "reads like instructions to a model";
}

import type { Voter } from "../../config/voters.ts";
import type { Step } from "../../pipeline/stage.ts";
import { NO_VOTERS, type Voters } from "../../voters/voters.ts";
import type { PolicyTexts } from "./files.ts";

/** The voters that a command asks, and the names of those that it does not. */
export interface Asked {
  readonly voters: Voters;
  readonly names: readonly string[];
  readonly left: readonly string[];
}

/** Those in this process; servers only where `--voters` says so. Throws Problems where one cannot be made ready. */
export async function askedVoters(
  { voters, options }: Pick<PolicyTexts, "voters" | "options">,
  { voters: servers }: Readonly<Record<string, unknown>>,
): Promise<Asked> {
  const isAsked = ({ kind }: Voter): boolean => kind !== "opa" || servers === true;
  const asked = voters.filter(isAsked);
  const names = asked.map(({ name }) => name);
  const left = voters.flatMap((voter) => (isAsked(voter) ? [] : [voter.name]));
  if (asked.length === 0) return { voters: NO_VOTERS, names, left };
  const { openVoters } = await import("../../voters/open.ts");
  const known = (options.servers ?? []).map((name) => ({ name, resource_args: options.resourceArgs(name) }));
  return { voters: await openVoters(asked, known), names, left };
}

/** What a voter said, as a line for a terminal. */
export function stepSentence({ stage, said, why }: Step): string {
  const name = stage.replace(":", " ");
  const reason = why === undefined ? "" : `: ${why}`;
  if (said === "broken") return `${name} gives no decision${reason}.`;
  return `${name} ${said === "allow" ? "allows" : "denies"} it${reason}${reason.endsWith(".") ? "" : "."}`;
}

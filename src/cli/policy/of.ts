import { dirname } from "node:path";
import type { Config } from "../../config/config.ts";
import { reachable } from "../../config/notifications.ts";
import { readPolicyFiles } from "../../config/policy-files.ts";
import { denying } from "../../config/preset.ts";
import type { Policy } from "../../policy/policy.ts";
import { ownGit, readGitFolder } from "../../rollout/git.ts";
import type { Follows } from "../../rollout/open.ts";
import { ownFiles } from "../../rollout/own.ts";
import { type Ready, readied } from "../../rollout/ready.ts";
import { optionsOf } from "./files.ts";

/** The policy that a gate of a configuration begins with. */
export interface GatePolicy {
  /** What decides until something is applied in its place. */
  readonly policy: Policy;
  /** How the gate follows what changes. */
  readonly follows: Follows;
  /** `7 rules, 5 tests pass`. */
  readonly summary: string;
  /** Rules that ask only whoever holds a role, where nobody can: without authentication roles are nobody's. */
  readonly unanswerable: readonly string[];
}

function unanswerable({ asks }: Ready, { auth }: Config): readonly string[] {
  if (auth.mode !== "none") return [];
  return asks
    .filter(({ approvers }) => approvers.every((each) => each.startsWith("role:")))
    .map(({ rule }) => rule);
}

/** What to say of such rules. */
export function unanswerableText(rules: readonly string[]): string {
  const named = rules.map((rule) => `\`${rule}\``).join(", ");
  return `nobody can approve what ${named} ask${rules.length === 1 ? "s" : ""}: without authentication nobody holds a role`;
}

/**
 * The policy of a configuration, ready to judge. `servers` are those that its rules may name; without any, every name
 * is taken. Throws Problems where it cannot be read, or with each of its own tests that fails.
 */
export function policyInForce(config: Config, servers = config.servers): GatePolicy {
  const root = config.file === undefined ? process.cwd() : dirname(config.file);
  const own = optionsOf(
    Object.fromEntries(servers.map(({ name, resource_args }) => [name, resource_args])),
    root,
    config.voters.map(({ name }) => name),
    reachable(config.notifications),
  );
  const options = { ...own, ...denying(config.preset) };
  const { policy_from } = config;
  if (policy_from.kind === "store") {
    const { policy } = readied([], options, Date.now());
    return {
      policy,
      follows: { options },
      summary: "what was applied   portcullis policy versions",
      unanswerable: [],
    };
  }
  const from = policy_from.kind === "git" ? ownGit(policy_from) : ownFiles(config.policy);
  const sources = policy_from.kind === "git" ? readGitFolder(policy_from) : readPolicyFiles(config.policy);
  const first: Ready = readied(sources, options, Date.now());
  return {
    policy: first.policy,
    follows: { options, own: { from, first } },
    summary: `${first.rules} rules, ${first.tests} tests pass`,
    unanswerable: unanswerable(first, config),
  };
}

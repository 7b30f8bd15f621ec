import { channelFault, type Reachable } from "../../config/channels.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../config/config.ts";
import { findConfig, loadPolicyPlace, type PolicyPlace } from "../../config/load.ts";
import { readPolicyFiles } from "../../config/policy-files.ts";
import type { Voter } from "../../config/voters.ts";
import type { CompileOptions } from "../../policy/compile.ts";
import type { Source } from "../../policy/rule.ts";
import { readGitFolder } from "../../rollout/git.ts";
import { Failure } from "../failure.ts";

/** The texts of a policy, and what it is read with. */
export interface PolicyTexts {
  readonly sources: readonly Source[];
  readonly options: CompileOptions;
  readonly voters: readonly Voter[];
}

/**
 * What a policy is compiled with. `root`: what relative paths in it are relative to; `voters`: their names; `to`: where people
 * can be told, where that is known.
 */
export function optionsOf(
  resource_args: Readonly<Record<string, readonly string[]>>,
  root: string,
  voters: readonly string[],
  to: Reachable | undefined,
): CompileOptions {
  const servers = Object.keys(resource_args);
  const options = {
    resourceArgs: (server: string) =>
      (Object.hasOwn(resource_args, server) ? resource_args[server] : undefined) ?? DEFAULT_RESOURCE_ARGS,
    root,
    voters,
    ...(to !== undefined && { unreachable: (channel: string) => channelFault(channel, to) }),
  };
  return servers.length === 0 ? options : { ...options, servers };
}

function optionsAt(place: PolicyPlace | undefined): CompileOptions {
  const voters = place?.voters.map(({ name }) => name) ?? [];
  const own = optionsOf(place?.resource_args ?? {}, place?.root ?? process.cwd(), voters, place?.reachable);
  return place?.deny_by === undefined ? own : { ...own, deny_by: place.deny_by };
}

/** What policies are read with under the configuration; without one, as in this folder. */
export function policyOptions(options: Readonly<Record<string, unknown>>): CompileOptions {
  const file = findConfig(options["config"] as string | undefined);
  return optionsAt(file === undefined ? undefined : loadPolicyPlace({ file }));
}

/** The policy of the configuration, or of the files that are named. Throws Problems, or Failure where there is neither. */
export function policyTexts(
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): PolicyTexts {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined && files.length === 0) {
    throw new Failure(
      2,
      "no policy: there is no portcullis.yaml here",
      "portcullis init, or name the files or a configuration",
    );
  }
  const place = file === undefined ? undefined : loadPolicyPlace({ file });
  return {
    sources: files.length > 0 || place === undefined ? readPolicyFiles(files) : sourcesAt(place),
    options: optionsAt(place),
    voters: place?.voters ?? [],
  };
}

/** The texts of a configuration's own policy. */
function sourcesAt({ policy, policy_from }: PolicyPlace): readonly Source[] {
  if (policy_from.kind === "git") return readGitFolder(policy_from);
  if (policy_from.kind === "files") return readPolicyFiles(policy);
  throw new Failure(2, "the policy is what was applied: this configuration names no files", "name the files");
}

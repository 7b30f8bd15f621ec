import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isObject, type Json, type JsonObject } from "../../call/json.ts";
import { isSecret } from "../../clients/secret-values.ts";
import type { Config } from "../../config/config.ts";
import { findConfig, loadConfig } from "../../config/load.ts";
import { shown } from "../../config/paths.ts";
import { namesNoPolicy } from "../../config/policy-place.ts";
import { type Problem, Problems, placeText } from "../../document/problem.ts";
import { tenantPolicies } from "../../gateway/tenants/views.ts";
import { policyInForce, unanswerableText } from "../policy/of.ts";
import { bounded, type Check, type Finding } from "./finding.ts";

/** The program that runs this. */
export function node(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  const message = `Node.js ${process.versions.node} (needs 24 or newer)`;
  return major >= 24
    ? { level: "ok", check: "node", message }
    : { level: "fail", check: "node", message, fix: "install Node.js 24 from https://nodejs.org" };
}

function findingOf(check: Check, level: "warn" | "fail", problem: Problem): Finding {
  const place = placeText(problem);
  return { level, check, message: `${place}  ${problem.message}`, fix: problem.hint ?? `edit ${place}` };
}

/** The configuration, and what is to be said of it. Undefined where there is none to go on with. */
export function configuration(named: string | undefined): {
  readonly config: Config | undefined;
  readonly findings: readonly Finding[];
} {
  const check = "configuration";
  const file = findConfig(named);
  if (file === undefined) {
    const message = "there is no portcullis.yaml in this folder, so only what needs none is checked";
    return { config: undefined, findings: [{ level: "warn", check, message, fix: "portcullis init" }] };
  }
  try {
    const { config, notes } = loadConfig({ file });
    const servers = `${config.servers.length} ${config.servers.length === 1 ? "server" : "servers"}`;
    const ok: Finding = { level: "ok", check, message: `${shown(file)}  ${config.mode}, ${servers}` };
    const none: readonly Finding[] =
      config.servers.length > 0
        ? []
        : [
            {
              level: "warn",
              check,
              message: "no server is configured",
              fix: "portcullis init --import, or add one under mcpServers:",
            },
          ];
    return {
      config,
      findings: [
        ok,
        ...none,
        ...bounded(
          notes.map((note) => findingOf(check, "warn", note)),
          check,
        ),
      ],
    };
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return {
      config: undefined,
      findings: bounded(
        error.problems.map((problem) => findingOf(check, "fail", problem)),
        check,
      ),
    };
  }
}

function placeOf({ policy: files, policy_from }: Config): string {
  if (policy_from.kind === "files") return files.map((path) => shown(path)).join(", ");
  return policy_from.kind === "git" ? `${shown(policy_from.repository)} at ${policy_from.ref}` : "the store";
}

/** Whether the policy can be put in force: it is read, and its own tests pass. */
export function policy(config: Config): readonly Finding[] {
  const check = "policy";
  if (namesNoPolicy(config))
    return [
      {
        level: "warn",
        check,
        message: "there is none: everything passes, and is recorded",
        fix: "portcullis init",
      },
    ];
  const where = placeOf(config);
  try {
    const { summary, unanswerable, follows } = policyInForce(config);
    tenantPolicies(config, follows.options, Date.now());
    const read: Finding = { level: "ok", check, message: `${where}  ${summary}` };
    if (unanswerable.length === 0) return [read];
    const fix = "name approvers in the rule, or set `auth.mode: required`";
    return [read, { level: "warn", check, message: unanswerableText(unanswerable), fix }];
  } catch (error) {
    if (error instanceof Problems)
      return bounded(
        error.problems.map((problem) => findingOf(check, "fail", problem)),
        check,
      );
    throw error;
  }
}

/** Names and values of an entry that may hold a secret. */
function valuesOf(entry: JsonObject): readonly (readonly [called: string, judged: string, value: string])[] {
  const maps = (["env", "headers"] as const).flatMap((key) => {
    const map = entry[key];
    return isObject(map)
      ? Object.entries(map).flatMap(([name, value]) =>
          typeof value === "string" ? [[`${key}.${name}`, name, value] as const] : [],
        )
      : [];
  });
  const args = Array.isArray(entry["args"]) ? (entry["args"] as readonly Json[]) : [];
  const words = args.flatMap((value, index) => {
    if (typeof value !== "string") return [];
    const before = args[index - 1];
    const [flag = "", ...rest] = value.split("=");
    if (value.startsWith("-"))
      return rest.length === 0 ? [] : [[`args[${index}]`, flag, rest.join("=")] as const];
    return [
      [`args[${index}]`, typeof before === "string" && before.startsWith("-") ? before : "", value] as const,
    ];
  });
  const urls = (["url", "serverUrl", "httpUrl"] as const).flatMap((key) => {
    const value = entry[key];
    return typeof value === "string" ? [[key, "", value] as const] : [];
  });
  return [...maps, ...words, ...urls];
}

/** Secrets that stand in the configuration in clear. Their values are not shown. */
export function plainSecrets(config: Config): readonly Finding[] {
  const check = "secrets";
  if (config.file === undefined) return [];
  const written: unknown = parse(readFileSync(config.file, "utf8"));
  const servers = isObject(written) && isObject(written["mcpServers"]) ? written["mcpServers"] : {};
  const found = Object.entries(servers).flatMap(([name, entry]) =>
    isObject(entry)
      ? valuesOf(entry).flatMap(([called, judged, value]) =>
          isSecret(judged, value) ? [`mcpServers.${name}.${called}`] : [],
        )
      : [],
  );
  return bounded(
    found.map((path) => ({
      level: "warn",
      check,
      message: `${path} looks like a secret in clear`,
      fix: `write \${NAME} in its place in ${shown(config.file ?? "")}, and set NAME in the environment`,
    })),
    check,
  );
}

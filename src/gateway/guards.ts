import type { Call } from "../call/call.ts";
import { isGuarded } from "../call/guard.ts";
import type { JsonObject } from "../call/json.ts";
import { whose } from "../call/principal.ts";
import type { Finding } from "../call/verdict.ts";
import type { Config } from "../config/config.ts";
import type { Outsider } from "../detect/outsider.ts";
import type { Stage } from "../pipeline/stage.ts";
import type { Policy } from "../policy/policy.ts";
import { guarded } from "../stages/inspect.ts";
import { beside } from "../stages/inspect-outsiders.ts";
import { type Reveal, revealing } from "../stages/inspect-reveal.ts";
import type { Tokens } from "../stages/inspect-tokens.ts";
import { inspector } from "../stages/inspector.ts";
import type { Log } from "../telemetry/log.ts";
import type { Catalogue } from "./lists/catalogue.ts";

/** What all versions of policy share of the guards. */
export interface Guarding {
  /** The guards as a stage under one version of policy; undefined where neither it nor the configuration wants any. */
  readonly under: (policy: Policy, catalogue: Catalogue) => Stage | undefined;
  readonly reveal: Reveal;
}

interface Ports {
  readonly tokens: Tokens;
  readonly log: Log;
  readonly ticks: () => number;
  /** Guards that are not built in. */
  readonly outsiders: readonly Outsider[];
}

/** Kinds of masked data that a server gets in plain. */
function entitlements({ servers }: Pick<Config, "servers">): (server: string) => readonly string[] {
  const kinds = new Map<string, readonly string[]>(
    servers.flatMap(({ name, entitled }) => (entitled === undefined ? [] : [[name, entitled] as const])),
  );
  const none: readonly string[] = [];
  return (server) => kinds.get(server) ?? none;
}

/** Makes the guards of a gate. Their detectors are loaded some moments later, or with the first text. */
export function guardsOn(
  config: Config,
  { tokens, log, ticks, outsiders }: Ports,
): Guarding & { readonly close: () => Promise<void> } {
  const own = beside(inspector(config.guarding, ticks), outsiders);
  const entitled = entitlements(config);
  return {
    under(policy, catalogue) {
      if (!isGuarded(config.guarding) && policy.guards.size === 0 && outsiders.length === 0) return undefined;
      return guarded({
        inspector: own,
        tokens,
        duties: (call) => policy.duties(call),
        also: policy.guards,
        entitled,
        definitionOf: (call) => definitionOf(catalogue, call),
        excerpts: config.audit.detail === "full",
        noticed: (...heard) => noticed(log, ...heard),
      });
    },
    reveal: revealing({ tokens, entitled }),
    close: () => own.close(),
  };
}

function definitionOf(catalogue: Catalogue, { server, principal, target }: Call): JsonObject | undefined {
  if (target.kind !== "tool" && target.kind !== "prompt") return undefined;
  const list = target.kind === "tool" ? "tools/list" : "prompts/list";
  return catalogue.shelf(server, whose(principal), list)?.items.get(target.name);
}

function noticed(
  log: Log,
  call: Call,
  method: string,
  findings: readonly Finding[],
  unlooked?: string,
): void {
  const of = { call: call.id, server: call.server, method: method.slice(0, 100) };
  const found = findings.slice(0, 8).map((each) => ({ ...each, excerpt: undefined }));
  if (found.length > 0) log.warn({ ...of, findings: found }, "guards found something in what a server says");
  if (unlooked !== undefined) log.warn({ ...of, why: unlooked }, "what a server says was not looked at");
}

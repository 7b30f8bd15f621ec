import type { Target } from "../call/call.ts";
import { type ReadyRule, standing } from "./ask.ts";

/** The rules that can speak of a target, in the order of the files. */
export interface Candidates {
  readonly denies: readonly ReadyRule[];
  readonly asks: readonly ReadyRule[];
  readonly offers: readonly ReadyRule[];
  readonly allows: readonly ReadyRule[];
  readonly limits: readonly ReadyRule[];
  /** What guards are to do. */
  readonly duties: readonly ReadyRule[];
  /** What the data is. */
  readonly classes: readonly ReadyRule[];
}

/** Names come from clients, so what is remembered is bounded; when it is full the oldest goes. */
const NAMES_MAX = 4096;
const NAME_LENGTH_MAX = 256;
const SERVERS_MAX = 1024;

function remember<V>(memory: Map<string, V>, key: string, value: V, max: number): V {
  if (memory.size >= max) {
    const oldest = memory.keys().next();
    if (oldest.done !== true) memory.delete(oldest.value);
  }
  memory.set(key, value);
  return value;
}

function candidates(rules: readonly ReadyRule[], server: string, target: Target): Candidates {
  const speak = rules.filter((rule) => standing(rule, server, target) === undefined);
  return {
    denies: speak.filter(({ rule }) => rule.effect.kind === "deny"),
    asks: speak.filter(({ rule }) => rule.effect.kind === "ask"),
    offers: speak.filter(({ rule }) => rule.effect.kind === "access"),
    allows: speak.filter(({ rule }) => rule.effect.kind === "allow"),
    limits: speak.filter(({ rule }) => rule.effect.kind === "limit"),
    duties: speak.filter(({ rule }) => rule.effect.kind === "mask" || rule.effect.kind === "guard"),
    classes: speak.filter(({ rule }) => rule.effect.kind === "classify"),
  };
}

interface ServerMemory {
  readonly tool: Map<string, Candidates>;
  readonly prompt: Map<string, Candidates>;
  readonly rules: readonly ReadyRule[];
  /** Of targets that have no name of a tool or prompt. */
  readonly rest: Candidates;
}

/**
 * Finds the rules that can speak of a target. The first call of a target asks every rule of its server, the next ones
 * look up what was found, so a rule that cannot match costs nothing.
 */
export function indexByTarget(rules: readonly ReadyRule[]): (server: string, target: Target) => Candidates {
  const servers = new Map<string, ServerMemory>();
  const none: Target = { kind: "none" };
  const learn = (server: string): ServerMemory => {
    const own = rules.filter((rule) => rule.server?.(server) !== false);
    const memory = { tool: new Map(), prompt: new Map(), rules: own, rest: candidates(own, server, none) };
    return remember(servers, server, memory, SERVERS_MAX);
  };
  return (server, target) => {
    const memory = servers.get(server) ?? learn(server);
    if (target.kind !== "tool" && target.kind !== "prompt") return memory.rest;
    const names = memory[target.kind];
    const known = names.get(target.name);
    if (known !== undefined) return known;
    const found = candidates(memory.rules, server, target);
    return target.name.length > NAME_LENGTH_MAX ? found : remember(names, target.name, found, NAMES_MAX);
  };
}

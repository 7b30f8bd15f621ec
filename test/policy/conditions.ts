import type { Call } from "../../src/call/call.ts";
import { type Json, member } from "../../src/call/json.ts";
import type { Finding } from "../../src/call/verdict.ts";
import { isWithin } from "./names.ts";
import { shown } from "./times.ts";

/** Where relative paths are taken from. */
export const BASE = "/srv/home";

/** What a condition comes to; `error` where CEL has one. */
type Outcome = boolean | "error";

export interface Seen {
  readonly call: Call;
  readonly findings: readonly Finding[];
  /** The resources of the call. */
  readonly resources: readonly string[];
}

/** A condition as a tree: its text in CEL, what it looks at, and what it comes to by the words of the manual. */
export interface Written {
  readonly text: string;
  /** Members of `args` that its text names; `*` for `args` as a whole; `resource` stands for the variable. */
  readonly reads: readonly string[];
  readonly holds: (seen: Seen) => Outcome;
}

type Order = "<" | "<=" | ">" | ">=" | "==" | "!=";

function compare(left: number, order: Order, right: number): boolean {
  switch (order) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "==":
      return left === right;
    case "!=":
      return left !== right;
  }
}

/** One that decides decides, even where another is an error. */
function joined(outcomes: readonly Outcome[], decisive: boolean): Outcome {
  if (outcomes.some((outcome) => outcome === decisive)) return decisive;
  return outcomes.some((outcome) => outcome === "error") ? "error" : !decisive;
}

function at(args: Json | undefined, path: string): Json | undefined {
  let value = args;
  for (const name of path.split(".")) value = member(value, name);
  return value;
}

/** `args.n > 3`: an argument that is not there is an error, and so is order between other types than numbers. */
export function number(path: string, order: Order, right: number): Written {
  return {
    text: `args.${path} ${order} ${right}`,
    reads: [path.split(".")[0] ?? ""],
    holds: ({ call }) => {
      const value = at(call.args, path);
      if (value === undefined) return "error";
      if (typeof value === "number") return compare(value, order, right);
      return order === "==" || order === "!=" ? order === "!=" : "error";
    },
  };
}

export function has(name: string): Written {
  return {
    text: `has(args.${name})`,
    reads: [name],
    holds: ({ call }) => member(call.args, name) !== undefined,
  };
}

const TEXTS = {
  startsWith: (text: string, part: string) => text.startsWith(part),
  endsWith: (text: string, part: string) => text.endsWith(part),
  contains: (text: string, part: string) => text.includes(part),
} as const;

export function text(name: string, method: keyof typeof TEXTS | "==", part: string): Written {
  const quoted = JSON.stringify(part);
  return {
    text: method === "==" ? `args.${name} == ${quoted}` : `args.${name}.${method}(${quoted})`,
    reads: [name],
    holds: ({ call }) => {
      const value = member(call.args, name);
      if (value === undefined) return "error";
      if (method === "==") return value === part;
      return typeof value === "string" ? TEXTS[method](value, part) : "error";
    },
  };
}

const ABOUT = {
  "principal.id": ({ call }: Seen) => call.principal.id,
  tenant: ({ call }: Seen) => call.principal.tenant,
  server: ({ call }: Seen) => call.server,
  method: ({ call }: Seen) => call.method,
  era: ({ call }: Seen) => call.era,
  tool: ({ call }: Seen) => (call.target.kind === "tool" ? call.target.name : ""),
  prompt: ({ call }: Seen) => (call.target.kind === "prompt" ? call.target.name : ""),
  "client.name": ({ call }: Seen) => call.client?.name ?? "",
} as const;
export const VARIABLES = Object.keys(ABOUT) as readonly (keyof typeof ABOUT)[];

export function variable(name: keyof typeof ABOUT, value: string): Written {
  return {
    text: `${name} == ${JSON.stringify(value)}`,
    reads: [],
    holds: (seen) => ABOUT[name](seen) === value,
  };
}

/** The one resource of a call; empty where there is none. */
export function resource(value: string): Written {
  return {
    text: `resource.startsWith(${JSON.stringify(value)})`,
    reads: ["resource"],
    holds: ({ resources }) => (resources[0] ?? "").startsWith(value),
  };
}

export function role(name: string): Written {
  return {
    text: `${JSON.stringify(name)} in principal.roles`,
    reads: [],
    holds: ({ call }) => call.principal.roles.some((each) => each === name),
  };
}

export function factor(name: string): Written {
  return {
    text: `${JSON.stringify(name)} in principal.amr`,
    reads: [],
    holds: ({ call }) => call.principal.amr?.includes(name) ?? false,
  };
}

export function surely(how: string): Written {
  return {
    text: `principal.acr == ${JSON.stringify(how)}`,
    reads: [],
    holds: ({ call }) => (call.principal.acr ?? "") === how,
  };
}

/** Who signed in so long ago at most. */
export function lately(most_s: number): Written {
  return {
    text: `now - principal.auth_time <= duration("${most_s}s")`,
    reads: [],
    holds: ({ call }) => call.at - (call.principal.auth_at ?? 0) <= most_s * 1000,
  };
}

const GRAVITY = { low: 25, medium: 50, high: 75, critical: 100 } as const;

export function risk(least: number): Written {
  return {
    text: `risk >= ${least}`,
    reads: [],
    holds: ({ findings }) => least <= 0 || findings.some(({ severity }) => GRAVITY[severity] >= least),
  };
}

export function found(kind: string): Written {
  return {
    text: `findings.exists(f, f.class == ${JSON.stringify(kind)})`,
    reads: [],
    holds: ({ findings }) => findings.some((finding) => finding.class === kind),
  };
}

export function hour(zone: string, before: number): Written {
  return {
    text: `now.getHours(${JSON.stringify(zone)}) < ${before}`,
    reads: [],
    holds: ({ call }) => Math.floor(shown(call.at, zone).minute / 60) < before,
  };
}

export function since(instant: string): Written {
  return {
    text: `now >= timestamp(${JSON.stringify(instant)})`,
    reads: [],
    holds: ({ call }) => call.at >= Date.parse(instant),
  };
}

/** `exists` is true where one element is, even where another is an error; `all` the other way round. */
export function each(loop: "exists" | "all", name: string, least: number): Written {
  return {
    text: `args.${name}.${loop}(x, x >= ${least})`,
    reads: [name],
    holds: ({ call }) => {
      const value = member(call.args, name);
      // A loop over a map goes through its names, and a name is no number.
      if (typeof value !== "object" || value === null) return "error";
      const items: readonly (Json | undefined)[] = Array.isArray(value) ? value : Object.keys(value);
      return joined(
        items.map((item) => (typeof item === "number" ? item >= least : "error")),
        loop === "exists",
      );
    },
  };
}

export function within(name: string, directory: string): Written {
  return {
    text: `path.within(args.${name}, ${JSON.stringify(directory)})`,
    reads: [name],
    holds: ({ call }) => {
      const value = member(call.args, name);
      return value === undefined ? "error" : isWithin(value, directory, BASE);
    },
  };
}

function anywhere(value: Json | undefined, part: string): boolean {
  if (typeof value === "string") return value.includes(part);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some((item) => anywhere(item, part));
  return Object.entries(value).some(([name, item]) => name.includes(part) || anywhere(item, part));
}

export function mentions(part: string): Written {
  return {
    text: `text.found(args, ${JSON.stringify(part)})`,
    reads: ["*"],
    holds: ({ call }) => anywhere(call.args, part),
  };
}

export function not(one: Written): Written {
  return {
    text: `!(${one.text})`,
    reads: one.reads,
    holds: (seen) => {
      const outcome = one.holds(seen);
      return outcome === "error" ? outcome : !outcome;
    },
  };
}

/** One side that decides decides, even where the other is an error. */
export function both(sign: "&&" | "||", one: Written, other: Written): Written {
  const decisive = sign === "||";
  return {
    text: `(${one.text}) ${sign} (${other.text})`,
    reads: [...one.reads, ...other.reads],
    holds: (seen) => {
      return joined([one.holds(seen), other.holds(seen)], decisive);
    },
  };
}

export function choice(asked: Written, one: Written, other: Written): Written {
  return {
    text: `(${asked.text}) ? (${one.text}) : (${other.text})`,
    reads: [...asked.reads, ...one.reads, ...other.reads],
    holds: (seen) => {
      const outcome = asked.holds(seen);
      return outcome === "error" ? outcome : outcome ? one.holds(seen) : other.holds(seen);
    },
  };
}

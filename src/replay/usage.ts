import type { Instant } from "../call/id.ts";
import { type Json, type JsonObject, member } from "../call/json.ts";
import type { CallRecord } from "../store/store.ts";
import { type Paths, isPath, pathsBelow } from "./paths.ts";
import { keptArgs } from "./recorded.ts";

/** A path argument of a tool, as it was used. */
export interface PathArgument {
  readonly name: string;
  readonly paths: Paths;
  /** It came with every call. */
  always: boolean;
  /** Some value was no path, or several. */
  odd: boolean;
  calls: number;
}

/** What was used of one tool, prompt or method of a server, or of its resources by one method. */
export interface Used {
  readonly kind: "tool" | "prompt" | "resource" | "method";
  readonly server: string;
  /** The tool, prompt or method; of resources, the method. */
  readonly name: string;
  calls: number;
  /** Roles that every caller had. */
  roles: readonly string[];
  /** Of resources: the URIs, a bounded number; `more` were not remembered. */
  readonly uris: Set<string>;
  more: boolean;
  readonly paths: Map<string, PathArgument>;
  /** Arguments that name resources and held something other than a path. */
  readonly unlike: Set<string>;
  /** A call of it whose paths were all kept. */
  sample: { readonly at: Instant; readonly args: JsonObject } | undefined;
}

/** What is remembered: of servers' names, and of the URIs of one server. */
const MOST_USED = 2_000;
const MOST_URIS = 500;
/** Names of arguments that are paths, beside those that the configuration calls resources. */
const PATHS = /(?:^|[_-])(?:path|file|filename|dir|directory|folder|root|cwd|source|destination)s?$/i;

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** Whether the call reached its server. */
export function wasUsed({ opened, status }: CallRecord): boolean {
  if (status === "denied" || status === "held") return false;
  return opened.verdict === "allow" || member(opened.detail, "mode") === "observe";
}

function argumentOf(used: Used, name: string, root: string): PathArgument {
  const known = used.paths.get(name);
  if (known !== undefined) return known;
  const odd = used.unlike.has(name);
  const made = { name, paths: pathsBelow(root), always: used.calls === 1, odd, calls: 0 };
  used.paths.set(name, made);
  return made;
}

function readPaths(used: Used, { opened }: CallRecord, args: JsonObject, root: string): void {
  const judged_on = member(opened.detail, "judged_on");
  const lost = new Set(texts(member(judged_on, "lost")));
  const named = texts(member(judged_on, "resource_args"));
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(args)) {
    const known = used.paths.has(name);
    const looks = PATHS.test(name) || (named.includes(name) && typeof value === "string" && isPath(value));
    if (!known && !looks && named.includes(name)) used.unlike.add(name);
    if (!known && (!looks || value === undefined)) continue;
    const argument = argumentOf(used, name, root);
    seen.add(name);
    argument.calls += 1;
    if (lost.has(`/${name}`)) continue;
    if (typeof value !== "string" || !argument.paths.add(value)) argument.odd = true;
  }
  for (const [name, argument] of used.paths) if (!seen.has(name)) argument.always = false;
  const whole = Array.from(used.paths.keys()).every((name) => !lost.has(`/${name}`));
  if (whole && !lost.has("")) used.sample ??= { at: opened.at, args };
}

/** What was used, entry by entry. Its size is bounded. */
export interface Usage {
  /** False where there was no room to remember it. */
  add(record: CallRecord): boolean;
  list(): readonly Used[];
}

/** Collects what calls used. `root`: what relative paths are relative to. */
export function usage(root: string): Usage {
  const found = new Map<string, Used>();
  return {
    add(record) {
      const { opened } = record;
      const { server, method, target, target_kind } = opened;
      const kind =
        target_kind === "task" || target_kind === "none" || method === "subscriptions/listen"
          ? "method"
          : target_kind;
      const name = kind === "tool" || kind === "prompt" ? target : method;
      const key = JSON.stringify([kind, server, name]);
      const roles = texts(member(opened.detail, "roles"));
      const known = found.get(key);
      if (known === undefined && found.size >= MOST_USED) return false;
      const used: Used = known ?? {
        kind,
        server,
        name,
        calls: 0,
        roles,
        uris: new Set(),
        more: false,
        paths: new Map(),
        unlike: new Set(),
        sample: undefined,
      };
      found.set(key, used);
      used.calls += 1;
      used.roles = used.roles.filter((role) => roles.includes(role));
      if (kind === "resource") {
        if (used.uris.size < MOST_URIS) used.uris.add(target);
        else used.more ||= !used.uris.has(target);
      }
      const args = keptArgs(record);
      if (kind === "tool" && args !== undefined) readPaths(used, record, args, root);
      return true;
    },
    list: () => Array.from(found.values()),
  };
}

import { Document, isMap, isSeq, visit } from "yaml";
import { BUILT_IN } from "../policy/built-in.ts";
import { climbs, within } from "../policy/path.ts";
import { type Bounds, boundsOf } from "./bounds.ts";
import type { Used } from "./usage.ts";

type Entry = Readonly<Record<string, unknown>>;

/** A policy that allows what was used, and what was left out of it and why. */
export interface Suggestion {
  readonly text: string;
  readonly rules: number;
  readonly tests: number;
  readonly omitted: readonly string[];
}

interface Draft {
  readonly name: string;
  readonly match: Record<string, unknown>;
  readonly when: string | undefined;
  readonly role: string | undefined;
  readonly used: readonly Used[];
  /** By argument: where its paths were. */
  readonly directories: ReadonlyMap<string, readonly string[]>;
}

/** URIs written out one by one; of more, what they begin with. */
const EXACT_URIS = 5;
const TESTED = 5;
const READING = /^(?:get|list|read|search|find|fetch|query|describe|show|view|count)(?=[_.-]|[A-Z])/;
/** What no glob can mean alone. */
const UNWRITABLE = /[*?|]|^\s|\s$/;

/** Three names or more that read, and begin with the same verb, become one glob, unless it would mean others of `all`. */
function namesOf(names: readonly string[], all: readonly string[]): readonly string[] {
  const verbs = Map.groupBy(names, (name) => /^[a-z]+[_.-]/.exec(name)?.[0] ?? "");
  return [...verbs]
    .flatMap(([verb, own]) => {
      const meant = all.filter((name) => name.startsWith(verb));
      const united = READING.test(verb) && own.length >= 3 && meant.every((name) => own.includes(name));
      return united ? [`${verb}*`] : own;
    })
    .toSorted();
}

function common(texts: readonly string[]): string {
  return texts.reduce((prefix, text) => {
    let at = 0;
    while (at < prefix.length && prefix[at] === text[at]) at++;
    return prefix.slice(0, at);
  });
}

/** A URI as a glob: what globs read otherwise is any character. */
const asGlob = (uri: string): string => uri.replaceAll(/[*|]/g, "?").replaceAll(/^\s|\s$/g, "?");

/** URIs of one place as globs. A place is a scheme and, where there is one, an authority. */
function urisOf({ uris, more }: Used): readonly string[] {
  const places = Map.groupBy(
    [...uris].filter(isPlain),
    (uri) => /^[^:/?#]+:(?:\/\/[^/?#]*)?/.exec(uri)?.[0] ?? uri,
  );
  return [...places].flatMap(([place, own]) => {
    if (own.length <= EXACT_URIS && !more) return own.map(asGlob);
    const prefix = common(own);
    const folder = prefix.slice(0, Math.max(place.length, prefix.lastIndexOf("/") + 1));
    return [`${asGlob(folder)}*`];
  });
}

/** Of the roles that every caller had, the one that the fewest calls came with. */
function roleOf({ roles }: Used, frequency: ReadonlyMap<string, number>): string | undefined {
  return roles
    .filter((role) => !UNWRITABLE.test(role) && role !== "")
    .toSorted((a, b) => (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : 1))[0];
}

/** A text as the name of a rule. */
function label(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^[._-]+|[._-]+$/g, "");
  return plain === "" ? "used" : plain.slice(0, 60);
}

function titleOf(kind: Used["kind"], server: string, names: readonly string[]): string {
  const [only = ""] = names;
  if (names.length === 1) return label(`${server}-${only}`);
  return label(
    `${server}-${kind === "tool" && names.every((name) => READING.test(name)) ? "reads" : `${kind}s`}`,
  );
}

/** One draft for all that differs by its name alone. */
function draftOf(
  used: readonly Used[],
  { when, directories }: Bounds,
  role: string | undefined,
  all: readonly Used[],
): Draft {
  const [{ kind, server } = { kind: "tool" as const, server: "" }] = used;
  const names = used.map(({ name }) => name).toSorted();
  const match: Record<string, unknown> = { server };
  const among = all.filter((each) => each.kind === kind && each.server === server).map(({ name }) => name);
  const list = (values: readonly string[]) => (values.length === 1 ? values[0] : values);
  if (kind === "tool" || kind === "prompt") match[kind] = list(namesOf(names, among));
  else match["method"] = list(names);
  if (kind === "resource") match["resource"] = list([...new Set(used.flatMap(urisOf))]);
  if (role !== undefined) match["role"] = role;
  return { name: titleOf(kind, server, names), match, when, role, used, directories };
}

function drafts(used: readonly Used[]): readonly Draft[] {
  const frequency = new Map<string, number>();
  for (const { roles, calls } of used)
    for (const role of roles) frequency.set(role, (frequency.get(role) ?? 0) + calls);
  const groups = new Map<string, { bounds: Bounds; role: string | undefined; used: Used[] }>();
  for (const each of used) {
    const role = roleOf(each, frequency);
    const bounds = boundsOf(each);
    const key = JSON.stringify([each.kind, each.server, role, bounds.when]);
    const group = groups.get(key) ?? { bounds, role, used: [] };
    groups.set(key, group);
    group.used.push(each);
  }
  const taken = new Set<string>(BUILT_IN);
  return Array.from(groups.values(), ({ bounds, role, used: own }) => {
    const draft = draftOf(own, bounds, role, used);
    let { name } = draft;
    for (let count = 2; taken.has(name); count++) name = `${draft.name}-${count}`;
    taken.add(name);
    return { ...draft, name };
  });
}

/** A path that none of the directories holds. */
const outside = (directories: readonly string[]): string | undefined =>
  ["/etc/passwd", "/outside/of/it"].find((path) => directories.every((each) => !within(path, each)));

/** A call as it was made, and the same with each path somewhere else. Of its arguments only those that the rule looks at. */
function testsOf({ name, role, used, directories }: Draft): readonly Entry[] {
  return used
    .slice(0, TESTED)
    .flatMap(({ kind, server, name: own, sample, uris, paths }): readonly Entry[] => {
      const args: Record<string, unknown> = {};
      for (const key of directories.keys()) {
        const value = sample?.args[key];
        if (value !== undefined) args[key] = value;
        else if (paths.get(key)?.always === true) return [];
      }
      const subject =
        kind === "resource" ? { resource: [...uris].find(isPlain), method: own } : { [kind]: own };
      const who = role === undefined ? {} : { principal: { roles: [role] } };
      const call = { server, ...subject, ...(directories.size > 0 && { args }), ...who };
      const kept = { name: `${own} as it was used`, call, expect: { verdict: "allow", rule: name } };
      const elsewhere = [...directories].flatMap(([key, known]) => {
        const path = outside(known);
        const wrong = { ...call, args: { ...args, [key]: path } };
        const title = `${own} with ${key} outside of what was used`;
        return path === undefined
          ? []
          : [{ name: title, call: wrong, expect: { verdict: "deny", rule: "default" } }];
      });
      return [kept, ...elsewhere];
    });
}

/** Methods of which a rule without a target would allow everything. */
const TARGETED = /^(?:tools|prompts|resources|completion|skills)\//;
const isPlain = (uri: string): boolean => !climbs(uri) && uri !== "";

/** Why no rule is written for it. */
function leftOut({ kind, server, name, uris }: Used): string | undefined {
  const what = `${server} ${name.slice(0, 60)}`;
  if (server === "" || name === "") return `${what}: its server or its name is not on record`;
  if (name.length > 200) return `${what}…: its name is too long for a rule`;
  if (UNWRITABLE.test(server) || UNWRITABLE.test(name)) return `${what}: no rule can mean that name alone`;
  if (kind === "method" && TARGETED.test(name))
    return `${what}: it names nothing, and a rule would allow everything`;
  if (kind === "resource" && ![...uris].some(isPlain))
    return `${what}: no rule allows a name with \`..\` in it`;
  return undefined;
}

/**
 * Writes a policy that allows what was used, and as little else as is sensible: tools by name (three that read under a glob),
 * paths by directory, resources by their beginning, the rarest role that all callers had; with tests from calls as they were
 * made, of which only the arguments that a rule looks at are shown. `head`: lines for its beginning.
 */
export function suggestion(used: readonly Used[], head: readonly string[]): Suggestion {
  const omitted = used.map(leftOut).filter((reason) => reason !== undefined);
  const all = drafts(used.filter((each) => leftOut(each) === undefined));
  const rules = all.map(({ name, match, when }) => ({
    name,
    match,
    ...(when !== undefined && { when }),
    allow: true,
  }));
  const never = {
    name: "what was never used is denied",
    call: { server: "never-used", tool: "never_used" },
    expect: { verdict: "deny", rule: "default" },
  };
  const tests = [...all.flatMap(testsOf), never];
  const document = new Document(
    { defaults: { verdict: "deny" }, rules, tests },
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = head.map((line) => ` ${line}`).join("\n");
  visit(document, {
    Pair(_, { key, value }) {
      const name = String(key);
      if (!["match", "call", "expect", "defaults"].includes(name)) return undefined;
      if (isMap(value) || isSeq(value)) value.flow = true;
      return visit.SKIP;
    },
  });
  return {
    text: document.toString({ lineWidth: 0, flowCollectionPadding: true }),
    rules: rules.length,
    tests: tests.length,
    omitted,
  };
}

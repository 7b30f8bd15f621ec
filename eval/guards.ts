import type { Detector, FindingClass } from "../src/detect/detector.ts";
import { PROFILES } from "../src/detect/profiles.ts";
import { type Kind, seenIn } from "../src/detect/scan.ts";
import type { Row } from "./corpus.ts";
import { isPersonal, type Spanned } from "./personal.ts";
import { valuesOf } from "./values.ts";

/** One question to the guards: whether they find something of a class in a text, and whether they should. */
export interface Case {
  /** What is counted together: `secrets/gitleaks-rules`, `benign arguments/spider-sql`. */
  readonly group: string;
  readonly kind: Kind;
  /** The class looked for; every class where nothing at all should be found. */
  readonly of: readonly FindingClass[];
  readonly text: string;
  readonly want: boolean;
}

export interface Count {
  readonly n: number;
  /** Texts in which a class that was looked for was found. */
  readonly found: number;
  /** Those of them that the profile would warn of at least. */
  readonly told: number;
  /** Those of them that the profile would mask or block. */
  readonly acted: number;
}

const INJECTED: readonly FindingClass[] = ["sql_injection", "command_injection", "path_traversal"];
/** Characters up to which a text is taken for an argument. */
const ARGUMENT_MOST = 300;

function secretCase({ source, label, kind, text }: Row): Case | undefined {
  if (label === "identifier") return undefined;
  const near = label === "benign" && source !== "benign-dev" ? "secrets, near misses" : "secrets";
  return {
    group: `${label === "benign" && source === "benign-dev" ? "secrets, benign" : near}/${source}`,
    kind: "tool-result",
    of: ["secret"],
    text,
    want: label === "secret" && kind !== "ip_public",
  };
}

function injectionCase({ source, label, kind, text }: Row): Case | undefined {
  const family = kind.replace("-doc", "");
  const of = (
    {
      sqli: "sql_injection",
      cmdi: "command_injection",
      ssti: "command_injection",
      xxe: "command_injection",
      traversal: "path_traversal",
      ssrf: "ssrf",
      nosqli: "sql_injection",
    } as Partial<Record<string, FindingClass>>
  )[family];
  if (label === "attack")
    return of === undefined
      ? undefined
      : { group: `${kind}/${source}`, kind: "tool-args", of: [of], text, want: true };
  return argument(`${kind}/${source}`, text);
}

function personalCase(row: Spanned): Case | undefined {
  const personal = isPersonal(row);
  // A name or a place is personal too, and no guard of this kind sees it.
  if (!personal && row.label === "pii") return undefined;
  return {
    group: `${personal ? "pii" : "pii, benign"}/${row.source}`,
    kind: "text",
    of: ["pii"],
    text: row.text,
    want: personal,
  };
}

/** Texts of other families that hold no secret and no attack: what a gateway sees on an ordinary day. */
function ordinaryCases({ family, source, label, text }: Row): readonly Case[] {
  if (label !== "benign") return [];
  const kind: Kind = family === "mcp-tools" ? "tool-definition" : "tool-result";
  const cases: Case[] = [{ group: `secrets, benign/${source}`, kind, of: ["secret"], text, want: false }];
  if (family === "injection" && text.length <= ARGUMENT_MOST) cases.push(argument(`text/${source}`, text));
  return cases;
}

/** A text as an argument of a call in which nothing should be found. */
function argument(group: string, text: string): Case {
  return { group: `benign arguments, ${group}`, kind: "tool-args", of: INJECTED, text, want: false };
}

/** Command lines where they belong, and values that definitions name. */
function namedCases(rows: readonly Row[]): readonly Case[] {
  const lines = rows.filter(({ source }) => source === "tldr-commands");
  const tools = rows.filter(({ source }) => source === "toucan-tools");
  return [
    ...lines.map(({ text }) =>
      argument("in a field for commands/tldr-commands", JSON.stringify({ command: text })),
    ),
    ...valuesOf(tools).map((text) => argument("values/toucan-tools", text)),
  ];
}

/** The questions that rows of the data ask. */
export function casesOf(rows: readonly Row[]): readonly Case[] {
  const named = namedCases(rows);
  const plain = rows.flatMap((row): Case | readonly Case[] => {
    if (row.family === "secrets") return secretCase(row) ?? [];
    if (row.family === "shellsql") return injectionCase(row) ?? [];
    if (row.family === "pii") return personalCase(row) ?? [];
    return ordinaryCases(row);
  });
  return [...plain, ...named];
}

/** Counts by group what guards find, with the actions of `standard`. */
export function countsOf(cases: readonly Case[], guards: readonly Detector[]): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const { group, kind, of, text } of cases) {
    const before = counts.get(group) ?? { n: 0, found: 0, told: 0, acted: 0 };
    const seen = seenIn(text, kind, { ...PROFILES.standard, guards }).filter(({ found }) =>
      of.includes(found.class),
    );
    const acted = seen.some(({ action }) => action === "mask" || action === "block");
    counts.set(group, {
      n: before.n + 1,
      found: before.found + (seen.length > 0 ? 1 : 0),
      told: before.told + (seen.some(({ action }) => action !== "note") ? 1 : 0),
      acted: before.acted + (acted ? 1 : 0),
    });
  }
  return counts;
}

/** What each group must reach, as a share: at least where something should be found, at most where nothing should. */
export type Floors = Readonly<Record<string, number>>;

/** Groups that fall short, in words; `noise` is the share that chance may take. */
export function shortfalls(
  cases: readonly Case[],
  guards: readonly Detector[],
  floors: Floors,
  noise: number,
): readonly string[] {
  const wanted = new Map(cases.map(({ group, want }) => [group, want]));
  return [...countsOf(cases, guards)].flatMap(([group, { n, found }]) => {
    const share = found / n;
    const floor = floors[group];
    if (floor === undefined) return [`${group}: nobody says what it must reach`];
    const short = wanted.get(group) === true ? share < floor - noise : share > floor + noise;
    return short ? [`${group}: ${(100 * share).toFixed(1)} %, was ${(100 * floor).toFixed(1)} %`] : [];
  });
}

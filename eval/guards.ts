import type { Detector, FindingClass } from "../src/detect/detector.ts";
import { PROFILES } from "../src/detect/profiles.ts";
import { type Kind, seenIn } from "../src/detect/scan.ts";
import type { Row } from "./corpus.ts";

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
  /** Those of them that the profile would mask or block. */
  readonly acted: number;
}

const INJECTED: readonly FindingClass[] = ["sql_injection", "command_injection", "path_traversal"];
const PERSONAL = new Set([
  "EMAIL_ADDRESS",
  "CREDIT_CARD",
  "IBAN_CODE",
  "US_SSN",
  "PHONE_NUMBER",
  "IP_ADDRESS",
]);
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
  return { group: `benign arguments, ${kind}/${source}`, kind: "tool-args", of: INJECTED, text, want: false };
}

interface Spanned extends Row {
  readonly spans?: readonly (readonly [from: number, until: number, kind: string])[];
}

function personalCase(row: Spanned): Case | undefined {
  const personal = row.spans?.some(([, , kind]) => PERSONAL.has(kind)) === true;
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
  if (family === "injection" && text.length <= ARGUMENT_MOST)
    cases.push({
      group: `benign arguments, text/${source}`,
      kind: "tool-args",
      of: INJECTED,
      text,
      want: false,
    });
  return cases;
}

/** The questions that rows of the data ask. */
export function casesOf(rows: readonly Row[]): readonly Case[] {
  return rows.flatMap((row) => {
    if (row.family === "secrets") return secretCase(row) ?? [];
    if (row.family === "shellsql") return injectionCase(row) ?? [];
    if (row.family === "pii") return personalCase(row) ?? [];
    return ordinaryCases(row);
  });
}

/** Counts by group what guards find, with the actions of `standard`. */
export function countsOf(cases: readonly Case[], guards: readonly Detector[]): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>();
  for (const { group, kind, of, text } of cases) {
    const before = counts.get(group) ?? { n: 0, found: 0, acted: 0 };
    const seen = seenIn(text, kind, { ...PROFILES.standard, guards }).filter(({ found }) =>
      of.includes(found.class),
    );
    const acted = seen.some(({ action }) => action === "mask" || action === "block");
    counts.set(group, {
      n: before.n + 1,
      found: before.found + (seen.length > 0 ? 1 : 0),
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

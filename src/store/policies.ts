import { actId, type Instant } from "../call/id.ts";
import type { Act } from "./acts.ts";
import { once } from "./once.ts";

/** One file of a policy, as it was read. */
interface PolicyText {
  readonly file: string;
  readonly text: string;
}

/** A version of a policy, as it was put in force first. */
export interface KeptPolicy {
  /** `sha256:…` over the texts. */
  readonly version: string;
  readonly at: Instant;
  readonly who: string;
  readonly texts: readonly PolicyText[];
}

/** One change of what is in force. Immutable once written. */
export interface PolicyChange {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly at: Instant;
  readonly who: string;
  readonly act: string;
  /** The version in force before, or "". */
  readonly before: string;
  /** The version that is, or shall be, in force afterwards. */
  readonly after: string;
  readonly message: string;
  /** What holds since, as whoever made the change writes it. */
  readonly state: string;
}

/** Who keeps the policy that a gate was started with, and who goes on with a trial by itself: no persons. */
export const OWN_POLICY = "a gate's own policy";
export const GATE = "portcullis";
export const BY_GATE: ReadonlySet<string> = new Set([OWN_POLICY, GATE]);

/** What a version under trial came to. */
export interface Tally {
  readonly calls: number;
  /** Of these: it denies, and the version that it shall replace does not. */
  readonly denied: number;
}

/** Whose calls a tally is of: those that the version under trial decided, or those beside which it was only judged. */
export type Part = "share" | "shadow";

/** Texts of one version may have so many characters, written as JSON. */
export const MAX_TEXTS = 8 * 1024 * 1024;

/** The versions of policy and the changes between them. They belong to the gate, not to a tenant. */
export interface Policies {
  /** Keeps texts by their version; what is kept already stays as it was. Rejects where they are larger than 8 MiB. */
  keep(policy: KeptPolicy): Promise<void>;
  get(version: string): Promise<KeptPolicy | undefined>;
  /** Versions that begin so, without their texts, newest first; all with "". At most `limit`. */
  versions(prefix: string, limit: number): Promise<readonly Omit<KeptPolicy, "texts">[]>;
  /** The newest changes, newest first. */
  changes(limit: number): Promise<readonly PolicyChange[]>;
  /** Writes the next change, and the act that it is, in one step. False where somebody else wrote one of that number first: nothing is written then. */
  change(change: PolicyChange): Promise<boolean>;
  /** Adds to what was counted since the change of that number. */
  count(seq: number, part: Part, more: Tally): Promise<void>;
  tallies(seq: number): Promise<Readonly<Record<Part, Tally>>>;
}

/** A change as an act on record, among those of the tenant that the gate itself belongs to. */
export function policyAct({ seq, at, who, act, before, after, message }: PolicyChange): Act {
  return {
    kind: "act",
    id: actId(at),
    at,
    principal: who.slice(0, 1024),
    action: `policy.${act}`,
    object: after,
    outcome: "ok",
    detail: { seq, before, message: message.slice(0, 1024) },
  };
}

/** Rows as both engines give them. */
export interface PolicyRow {
  readonly version: string;
  readonly at: number;
  readonly who: string;
  readonly texts: string;
}
export interface CountRow {
  readonly part: Part;
  readonly calls: number;
  readonly denied: number;
}

/** Texts as they are written down: what `MAX_TEXTS` bounds. */
export function textsJson(texts: KeptPolicy["texts"]): string {
  return JSON.stringify(texts.map(({ file, text }) => ({ file, text })));
}

/** Texts as they are stored. Throws where they are too large. */
export function textsToStore({ texts }: Pick<KeptPolicy, "texts">): string {
  const json = textsJson(texts);
  if (json.length > MAX_TEXTS)
    throw new RangeError(
      `A policy of ${json.length} characters is larger than the ${MAX_TEXTS} that are kept.`,
    );
  return json;
}

export function keptPolicy({ texts, ...row }: PolicyRow): KeptPolicy {
  return { ...row, texts: JSON.parse(texts) as readonly PolicyText[] };
}

export function talliesOf(rows: readonly CountRow[]): Readonly<Record<Part, Tally>> {
  const of = (part: Part): Tally => {
    const row = rows.find((each) => each.part === part);
    return { calls: row?.calls ?? 0, denied: row?.denied ?? 0 };
  };
  return { share: of("share"), shadow: of("shadow") };
}

/** Letters of a digest that stand for themselves in `like`. */
export function isPrefix(text: string): boolean {
  return /^[a-z0-9:]{0,80}$/.test(text);
}

/** Policies whose engine is loaded with the first use: most processes never ask. */
export function policiesLater(load: () => Promise<Policies>): Policies {
  const engine = once(load);
  return {
    keep: async (policy) => await (await engine()).keep(policy),
    get: async (version) => await (await engine()).get(version),
    versions: async (prefix, limit) => await (await engine()).versions(prefix, limit),
    changes: async (limit) => await (await engine()).changes(limit),
    change: async (change) => await (await engine()).change(change),
    count: async (seq, part, more) => await (await engine()).count(seq, part, more),
    tallies: async (seq) => await (await engine()).tallies(seq),
  };
}

import type { CallId } from "../call/id.ts";
import { type Count, counts, OTHERS } from "./count.ts";
import type { Outcome } from "./outcome.ts";
import { type Recorded, targetOf } from "./recorded.ts";

type Verdict = "allow" | "deny" | "hold";

/** Calls whose verdict changes in one way, by one rule. */
export interface Change {
  readonly from: Verdict;
  readonly to: Verdict;
  /** The rule that decides now, and the one that did. */
  readonly rule: string;
  readonly was: string;
  /** A limit makes the difference: counted again in memory, so it is what would have come of it, not what did. */
  readonly limit: boolean;
  readonly calls: number;
  readonly example: CallId;
  readonly principals: readonly Count[];
  /** `server tool`. */
  readonly targets: readonly Count[];
}

/** Calls that cannot be judged by what was kept of them. */
interface Undecidable {
  /** The rule that looks at it; empty where nothing can be judged. */
  readonly rule: string;
  readonly looked: string;
  readonly calls: number;
  readonly example: CallId;
}

/** What a limit would have counted. */
interface Limited {
  readonly rule: string;
  readonly says: string;
  readonly charged: number;
  /** Calls that had no room, and those that passed although there was none (`soft`, `warn`). */
  readonly refused: number;
  readonly exceeded: number;
  readonly example: CallId | undefined;
}

/** What came of a replay. `calls` is `judged` and `undecided` together; `beside` of the judged no policy could change. */
export interface Report {
  readonly calls: number;
  readonly judged: number;
  readonly undecided: number;
  readonly beside: number;
  readonly changed: number;
  readonly changes: readonly Change[];
  readonly undecidable: readonly Undecidable[];
  readonly limits: readonly Limited[];
  /** Judged calls by method. */
  readonly methods: readonly Count[];
}

/** Groups, and names in a group: beyond this they are counted together. */
const GROUPS = 500;
const NAMES = 200;

interface Group {
  readonly from: Verdict;
  readonly to: Verdict;
  readonly rule: string;
  readonly was: string;
  readonly limit: boolean;
  calls: number;
  readonly example: CallId;
  readonly principals: ReturnType<typeof counts>;
  readonly targets: ReturnType<typeof counts>;
}

interface Tally {
  add(recorded: Recorded, before: Outcome, after: Outcome): void;
  report(): Report;
}

type Sure = Exclude<Outcome, { readonly kind: "undecidable" }>;

function changes() {
  const groups = new Map<string, Group>();
  return {
    add({ record: { opened } }: Recorded, before: Sure, after: Sure): void {
      const limit = before.ruled === after.ruled;
      const way = { from: before.kind, to: after.kind, rule: after.rule, was: before.rule, limit };
      const full = groups.size >= GROUPS;
      const named = JSON.stringify(way);
      const other = { ...way, rule: OTHERS, was: OTHERS };
      const key = !full || groups.has(named) ? named : JSON.stringify(other);
      const group = groups.get(key) ?? {
        ...(key === named ? way : other),
        calls: 0,
        example: opened.call,
        principals: counts(NAMES),
        targets: counts(NAMES),
      };
      groups.set(key, group);
      group.calls += 1;
      group.principals.add(opened.principal, opened.call);
      group.targets.add(targetOf(opened), opened.call);
    },
    list: (): readonly Change[] =>
      Array.from(groups.values(), ({ principals, targets, ...group }) => ({
        ...group,
        principals: principals.list(),
        targets: targets.list(),
      })).toSorted((a, b) => b.calls - a.calls),
  };
}

interface Running {
  readonly says: string;
  charged: number;
  refused: number;
  exceeded: number;
  example: CallId | undefined;
}

function limits() {
  const rules = new Map<string, Running>();
  return {
    add({ record: { opened } }: Recorded, { charges, taken }: Sure): void {
      if (taken === undefined) return;
      const names = new Set<string>();
      for (const { rule, says } of charges) {
        if (names.has(rule)) continue;
        names.add(rule);
        const known = rules.get(rule) ?? { says, charged: 0, refused: 0, exceeded: 0, example: undefined };
        rules.set(rule, known);
        const full = taken.kind === "full" && taken.charge.rule === rule;
        const beyond =
          taken.kind === "taken" && taken.notices.some((one) => one.rule === rule && one.kind === "exceeded");
        if (taken.kind === "taken") known.charged += 1;
        if (full) known.refused += 1;
        if (beyond) known.exceeded += 1;
        if (full || beyond) known.example ??= opened.call;
      }
    },
    list: (): readonly Limited[] => Array.from(rules, ([rule, known]) => ({ rule, ...known })),
  };
}

/** Adds up what a replay finds. Its size does not grow with the number of calls. */
export function tally(): Tally {
  const changed = changes();
  const limited = limits();
  const methods = counts(NAMES);
  const undecidable = counts(GROUPS);
  const sums = { calls: 0, judged: 0, undecided: 0, beside: 0, changed: 0 };
  return {
    add(recorded, before, after) {
      const { call, method } = recorded.record.opened;
      sums.calls += 1;
      const doubt = after.kind === "undecidable" ? after : before.kind === "undecidable" ? before : undefined;
      if (doubt !== undefined) {
        sums.undecided += 1;
        undecidable.add(JSON.stringify([doubt.rule, doubt.looked]), call);
        return;
      }
      if (before.kind === "undecidable" || after.kind === "undecidable") return;
      sums.judged += 1;
      if (after.beside) sums.beside += 1;
      methods.add(method, call);
      limited.add(recorded, after);
      if (before.kind === after.kind) return;
      sums.changed += 1;
      changed.add(recorded, before, after);
    },
    report: () => ({
      ...sums,
      changes: changed.list(),
      undecidable: undecidable.list().map(({ name, calls, example }) => {
        const [rule = "", looked = ""] = name.startsWith("[")
          ? (JSON.parse(name) as readonly string[])
          : ["", name];
        return { rule, looked, calls, example };
      }),
      limits: limited.list(),
      methods: methods.list(),
    }),
  };
}

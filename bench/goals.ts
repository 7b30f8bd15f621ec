import type { Decided } from "./decisions.ts";
import type { Authorized } from "./authorize.ts";
import type { GuardCost } from "./guards.ts";
import type { Closed, Opened } from "./http.ts";
import type { Limited } from "./limits.ts";
import type { Logged } from "./log.ts";
import type { Identified } from "./identity.ts";
import type { Spread } from "./numbers.ts";
import type { Sealed } from "./sealing.ts";
import type { Replayed } from "./replay.ts";
import type { Scaled, Sessions } from "./scale.ts";
import type { Crowded } from "./tenants.ts";
import type { Asked } from "./voters.ts";
import type { Wrapped } from "./wrap.ts";

/** Everything one run measured. Absent: what needs the gate, in a run of the baselines alone. */
export interface Results {
  readonly closed: readonly Closed[];
  readonly open: readonly Opened[];
  /** The wait for `fdatasync`, µs. */
  readonly disk: Spread;
  readonly sessions?: Sessions | undefined;
  readonly scale?: readonly Scaled[] | undefined;
  readonly wrap?: Wrapped | undefined;
  readonly identified?: readonly Identified[] | undefined;
  readonly decided?: readonly Decided[] | undefined;
  readonly authorized?: readonly Authorized[] | undefined;
  readonly replay?: readonly Replayed[] | undefined;
  readonly voters?: readonly Asked[] | undefined;
  readonly limited?: readonly Limited[] | undefined;
  readonly sealed?: Sealed | undefined;
  readonly logged?: Logged | undefined;
  /** CPU of the gate's process for a call in the log in PostgreSQL, µs. */
  readonly logged_postgres_us?: number | undefined;
  readonly crowded?: Crowded | undefined;
  readonly guards?: GuardCost | undefined;
}

export interface Goal {
  readonly name: string;
  readonly limit: number;
  readonly got: number;
  readonly unit: string;
  readonly reached: boolean;
}

const atMost = (name: string, limit: number, got: number, unit: string): Goal => ({
  name,
  limit,
  got,
  unit,
  reached: got <= limit,
});

/** CPU of one target over another's: the median over rounds of the ratio within a round. */
export function ratio(closed: readonly Closed[], era: Closed["era"], over: string, under: string): number {
  const find = (name: string) =>
    closed.find(({ target, era: its }) => target === name && its === era)?.cpu_us.rounds ?? [];
  const below = find(under);
  const ratios = find(over)
    .map((us, at) => us / (below[at] ?? Number.NaN))
    .toSorted((a, b) => a - b);
  return ratios[Math.floor(ratios.length / 2)] ?? Number.NaN;
}

/** How far the farthest shape lies from the smallest one, in per cent of it. */
function drift(scale: readonly Scaled[]): number {
  const base = scale[0]?.cpu_us ?? Number.NaN;
  return Math.max(...scale.map(({ cpu_us }) => Math.abs(cpu_us / base - 1) * 100));
}

/** What a call is kept with, beside the row itself, by where it is kept. */
function kept({ sealed, logged, logged_postgres_us }: Results): readonly Goal[] {
  if (sealed === undefined) return [];
  const places = [
    ["SQLite", logged?.cpu_us],
    ["PostgreSQL", logged_postgres_us],
  ] as const;
  return places.flatMap(([place, us]) =>
    us === undefined
      ? []
      : [
          atMost(
            `hashing, sealing and sequencing both records of a call, CPU of the gate, ${place}`,
            25,
            sealed.us + us,
            "µs",
          ),
        ],
  );
}

/** What guards cost for a text that is new to them. */
function looked({ guards }: Results): readonly Goal[] {
  if (guards === undefined) return [];
  return [
    atMost("all guards of standard, a KB of ordinary text, median", 50, guards.us_per_kb, "µs"),
    atMost("all guards of standard, the worst text of 64 KB that is known", 20, guards.worst_ms, "ms"),
  ];
}

/** What the gate is to reach, and what it reached. */
export function goals(results: Results): readonly Goal[] {
  const { closed, open, sessions, scale, wrap, decided, authorized, replay, identified } = results;
  const { logged, crowded, sealed } = results;
  if (closed.every(({ target }) => target !== "gate")) return [];
  const eras = ["legacy", "modern"] as const;
  const added = (era: Closed["era"]) =>
    open.find((one) => one.target === "gate" && one.era === era)?.added_us;
  return [
    ...eras.map((era) =>
      atMost(
        `CPU per call over the plain proxy, 16 connections, ${era}`,
        1.6,
        ratio(closed, era, "gate", "plain"),
        "×",
      ),
    ),
    ...eras.map((era) =>
      atMost(
        `CPU per call with the guards of standard over the plain proxy, 16 connections, ${era}`,
        2.2,
        ratio(closed, era, "gate, guards", "plain"),
        "×",
      ),
    ),
    ...looked(results),
    ...eras.flatMap((era) => [
      atMost(`added latency p50 at 200 calls/s, ${era}`, 1, (added(era)?.p50 ?? Number.NaN) / 1000, "ms"),
      atMost(`added latency p99 at 200 calls/s, ${era}`, 5, (added(era)?.p99 ?? Number.NaN) / 1000, "ms"),
    ]),
    ...(sessions === undefined
      ? []
      : [
          atMost(
            `memory with ${sessions.count} sessions, each with its stream`,
            300,
            sessions.streaming_mb,
            "MB",
          ),
        ]),
    ...(scale === undefined
      ? []
      : [
          atMost(
            "CPU per call, 1 to 100 upstreams and 1,000 tools, farthest from 1 and 10",
            15,
            drift(scale),
            "%",
          ),
        ]),
    ...(wrap === undefined
      ? []
      : [
          atMost("wrap, added latency p50", 0.3, wrap.added_p50_us / 1000, "ms"),
          atMost("wrap, start to the initialize answer", 150, wrap.wrapped_start_ms, "ms"),
        ]),
    ...(decided ?? [])
      .filter(({ rules }) => rules === 1000)
      .map(({ rules, us }) => atMost(`one decision, ${rules} rules of which 10 can match`, 20, us, "µs")),
    ...(identified ?? []).map(({ what, us, goal_us }) => atMost(`who asks: ${what}`, goal_us, us, "µs")),
    ...(authorized ?? []).flatMap(({ cached, inside_us, cpu_us }) => {
      const what = cached ? "remembered" : "judged";
      return [
        atMost(`authorize in process, 1,000 rules, ${what}, p99`, 1, inside_us.p99 / 1000, "ms"),
        // 5,000 a second on one core.
        atMost(`CPU of authorize over HTTP, ${what}`, 200, cpu_us, "µs"),
      ];
    }),
    ...(sealed === undefined
      ? []
      : [atMost("sealing what is personal in both records of a call, CPU", 10, sealed.us, "µs")]),
    ...(logged === undefined
      ? []
      : [
          atMost(
            "the log: CPU for both records of a call, hashed, sequenced and written",
            25,
            logged.cpu_us,
            "µs",
          ),
          atMost("the log: a proof", 5, logged.prove_ms, "ms"),
          atMost(
            "the log: 1,000,000 records verified, at the pace of a part of them",
            60,
            (logged.verify_s / logged.records) * 1_000_000,
            "s",
          ),
        ]),
    ...kept(results),
    ...(crowded === undefined
      ? []
      : [
          atMost(
            "p95 beside a tenant at ten times its share, against one at its share",
            2,
            crowded.flooded.p95 / crowded.fair.p95,
            "times",
          ),
          atMost(
            "p95 beside a tenant that sends all it gets answered, against one at its share",
            2,
            crowded.full.p95 / crowded.fair.p95,
            "times",
          ),
        ]),
    ...(replay ?? []).map(({ calls, ms }) =>
      atMost(`replay of ${calls.toLocaleString("en")} recorded calls`, 60, ms / 1000, "s"),
    ),
  ];
}

import { cpus, loadavg, release, totalmem } from "node:os";
import { goals, ratio, type Results } from "./goals.ts";
import { HEAP_MB } from "./replay.ts";

const ms = (us: number) => (us / 1000).toFixed(2);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, head.map(() => "---"), ...rows];
  return all.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memory_gb: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.versions.node,
  /** Processes that wanted to run in the last minute: far more than the bench's own four mean that others were at work. */
  load: Number((loadavg()[0] ?? Number.NaN).toFixed(1)),
});

const http = ({ closed, open, disk }: Results) => [
  "## Closed loop, 16 connections, `tools/call`",
  "CPU is of the named process alone, user and system with all threads, from the operating system.",
  table(
    ["target", "era", "CPU µs/call best · median", "calls/s", "p50 ms", "p99 ms", "CPU ÷ plain"],
    closed.map(({ target, era, cpu_us, per_second, latency_us }) => [
      target,
      era,
      `${cpu_us.best.toFixed(0)} · ${cpu_us.median.toFixed(0)}`,
      per_second.toFixed(0),
      ms(latency_us.p50),
      ms(latency_us.p99),
      ratio(closed, era, target, "plain").toFixed(2),
    ]),
  ),
  "## Open loop, 200 calls/s (ms; p50 / p95 / p99)",
  table(
    ["target", "era", "whole path", "added to direct"],
    open.map(({ target, era, latency_us, added_us }) => [
      target,
      era,
      [latency_us.p50, latency_us.p95, latency_us.p99].map(ms).join(" / "),
      [added_us.p50, added_us.p95, added_us.p99].map(ms).join(" / "),
    ]),
  ),
  `Of what the gate adds, this disk alone takes ${[disk.p50, disk.p95, disk.p99].map(ms).join(" / ")} to keep a record (\`fdatasync\` of four pages, 200 a second).`,
];

function rest({
  sessions,
  scale,
  wrap,
  decided,
  authorized,
  replay,
  voters,
  limited,
  logged,
  logged_postgres_us,
  crowded,
  identified,
}: Results): readonly string[] {
  return [
    ...(sessions === undefined
      ? []
      : [
          "## Open legacy sessions, resident memory (MB)",
          table(
            ["sessions", "fresh", "open", "open, each with its stream"],
            [
              [
                String(sessions.count),
                ...[sessions.fresh_mb, sessions.open_mb, sessions.streaming_mb].map((mb) => mb.toFixed(0)),
              ],
            ],
          ),
        ]),
    ...(scale === undefined
      ? []
      : [
          "## CPU per call by what stands behind `/mcp` (modern era, 16 connections)",
          table(
            ["upstreams", "tools", "CPU µs/call"],
            scale.map(({ upstreams, tools, cpu_us }) => [
              String(upstreams),
              String(tools),
              cpu_us.toFixed(0),
            ]),
          ),
        ]),
    ...(wrap === undefined
      ? []
      : [
          "## `wrap`, sequential calls over stdio",
          table(
            ["", "p50 ms", "p99 ms", "start to initialize answer, ms"],
            [
              ["server alone", ms(wrap.bare_us.p50), ms(wrap.bare_us.p99), wrap.bare_start_ms.toFixed(0)],
              ["wrapped", ms(wrap.wrapped_us.p50), ms(wrap.wrapped_us.p99), wrap.wrapped_start_ms.toFixed(0)],
            ],
          ),
          `Added p50 ${ms(wrap.added_p50_us)} ms; CPU of the wrapping process ${wrap.cpu_us.toFixed(0)} µs a call.`,
        ]),
    ...(decided === undefined
      ? []
      : [
          "## One decision of policy, of which 10 rules can match (CPU)",
          table(
            ["rules", "µs"],
            decided.map(({ rules, us }) => [String(rules), us.toFixed(1)]),
          ),
        ]),
    ...(authorized === undefined
      ? []
      : [
          "## `POST /governance/v1/authorize` under 1,000 rules of which nine can match; HTTP with 16 connections",
          table(
            [
              "verdict",
              "in process p50 / p95 / p99, ms",
              "CPU over HTTP, µs",
              "a second of one core",
              "a second, here",
            ],
            authorized.map(({ cached, inside_us: { p50, p95, p99 }, cpu_us, per_second }) => [
              cached ? "remembered" : "judged",
              [p50, p95, p99].map(ms).join(" / "),
              cpu_us.toFixed(0),
              (1e6 / cpu_us).toFixed(0),
              per_second.toFixed(0),
            ]),
          ),
        ]),
    ...(identified === undefined
      ? []
      : [
          "## Knowing who asks (CPU)",
          table(
            ["credential", "µs"],
            identified.map(({ what, us }) => [what, us.toFixed(1)]),
          ),
        ]),
    ...(replay === undefined
      ? []
      : [
          `## \`policy replay\` under the policy that judged, in a heap of ${HEAP_MB} MB`,
          table(
            ["recorded calls", "s", "peak resident memory, MB", "judged", "undecidable", "changed"],
            replay.map(({ calls, ms: took_ms, peak_mb, judged, undecided, changed }) =>
              [calls, (took_ms / 1000).toFixed(1), peak_mb.toFixed(0), judged, undecided, changed].map(
                String,
              ),
            ),
          ),
        ]),
    ...(voters === undefined
      ? []
      : [
          "## A voter in process, asked one call after another",
          table(
            ["voter", "CPU µs/call", "p50 / p95 / p99, ms"],
            voters.map(({ voter, cpu_us, latency_us: { p50, p95, p99 } }) => [
              voter,
              cpu_us.toFixed(0),
              [p50, p95, p99].map(ms).join(" / "),
            ]),
          ),
        ]),
    ...(limited === undefined
      ? []
      : [
          "## The step that writes a call down, without limits and with a rate, a burst and a quota (µs a call)",
          table(
            ["store", "calls at once", "without", "with", "ratio"],
            limited.map(({ place, lanes, unlimited_us, limited_us, ratio: times }) => [
              place,
              String(lanes),
              unlimited_us.toFixed(0),
              limited_us.toFixed(0),
              times.toFixed(2),
            ]),
          ),
          "One gate alone, PostgreSQL without `fsync`.",
        ]),
    ...(crowded === undefined
      ? []
      : [
          "## Calls of one tenant beside another's, open loop",
          table(
            ["the other sends", "p50 / p95 / p99, ms"],
            (
              [
                ["its share", crowded.fair],
                ["ten times as much", crowded.flooded],
                ["all it gets answered", crowded.full],
              ] as const
            ).map(([what, { p50, p95, p99 }]) => [what, [p50, p95, p99].map(ms).join(" / ")]),
          ),
        ]),
    ...(logged === undefined
      ? []
      : [
          "## The log over the records",
          `${logged.records.toLocaleString("en")} records in SQLite: ${logged.cpu_us.toFixed(1)} µs of CPU a call, ${logged.verify_s.toFixed(1)} s to verify all, ${logged.prove_ms.toFixed(1)} ms a proof, ${logged.bytes.toFixed(0)} bytes of log a record. node bench/log.ts takes 1,000,000.`,
          ...(logged_postgres_us === undefined
            ? []
            : [`In PostgreSQL: ${logged_postgres_us.toFixed(1)} µs of CPU a call in the gate's process.`]),
        ]),
  ];
}

/** The whole run as Markdown. */
export function report(results: Results): string {
  const { cpu, cores, memory_gb, kernel, node, load } = machine();
  const lines = goals(results).map(
    ({ name, limit, got, unit, reached }) =>
      `- ${reached ? "reached" : "missed"}: ${name}: ${got.toFixed(2)} ${unit} (goal ≤ ${limit} ${unit})`,
  );
  return [
    "# Bench",
    `${cpu}, ${cores} cores, ${memory_gb} GB, Linux ${kernel}, Node ${node}, loopback. All targets in turn within one run; the generator, the upstream and the target share the cores. Load of the machine at the end: ${load}.`,
    ...(lines.length === 0 ? [] : ["## Goals", lines.join("\n")]),
    ...http(results),
    ...rest(results),
    "",
  ].join("\n\n");
}

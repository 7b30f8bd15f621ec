// What sealing adds to a call, without a disk: both events of a call of a subject that is known already.
import { randomBytes } from "node:crypto";
import { callId } from "../src/call/id.ts";
import { digest } from "../src/call/json.ts";
import { commitmentKey, committed } from "../src/privacy/commitment.ts";
import { seal, sealingKey, unseal } from "../src/privacy/jwe.ts";
import { sealClosed, sealOpened } from "../src/store/sealed/row.ts";
import type { Subject } from "../src/store/sealed/sealer.ts";
import type { Closed, Opened } from "../src/store/store.ts";

/** CPU of one call's two events, sealed, µs. */
export interface Sealed {
  readonly us: number;
}

const ROUNDS = 5;
const CALLS = 20_000;

function subject(): Subject {
  const bytes = randomBytes(32);
  const [key, commitment] = [sealingKey(bytes, "sub_AAAAAAAAAAAAAAAAAAAA"), commitmentKey(bytes)];
  return {
    id: key.kid,
    name: "ana@example.com",
    seal: (text) => seal(key, text),
    unseal: (token) => unseal(key, token),
    commit: (value) => committed(commitment, value),
  };
}

function events(): readonly [Opened, Closed] {
  const call = callId(Date.now());
  const args = { path: "/srv/data/report-2026.md", head: 40, note: "what the quarter came to" };
  const trail = [
    { stage: "visibility", said: "pass", us: 3 },
    { stage: "policy", said: "allow", us: 9 },
  ];
  const judged_on = { classification: "", resource_args: ["path"] };
  const detail = { mode: "enforce", intent: "read", source: "api-key", trail, args, judged_on };
  const opened: Opened = {
    kind: "opened",
    call,
    at: Date.now(),
    principal: "ana@example.com",
    client: "bench/1",
    era: "modern",
    server: "files",
    method: "tools/call",
    target: "read_file",
    target_kind: "tool",
    args_digest: digest(args),
    verdict: "allow",
    rule: "read-files",
    rule_source: "sha256:1",
    policy_version: "sha256:1",
    size_bytes: 300,
    detail,
  };
  const closed: Closed = {
    kind: "closed",
    call,
    at: Date.now(),
    status: "ok",
    duration_us: 900,
    answer_digest: digest("answer"),
    size_bytes: 400,
    detail: { trail },
  };
  return [opened, closed];
}

/** CPU of one round, µs a call. */
function round(work: () => number): number {
  const before = process.cpuUsage();
  let characters = 0;
  for (let call = 0; call < CALLS; call += 1) characters += work();
  const { user, system } = process.cpuUsage(before);
  return characters > 0 ? (user + system) / CALLS : Number.NaN;
}

/** What is written of a call, sealed, less what is written of it in clear: the median over rounds of the difference. */
export function sealing(): Sealed {
  const who = subject();
  const [opened, closed] = events();
  const written = (...both: readonly (Opened | Closed)[]): number =>
    both.reduce((sum, { detail }) => sum + JSON.stringify(detail).length, 0);
  const rounds = Array.from(
    { length: ROUNDS },
    () =>
      round(() => written(sealOpened(opened, who), sealClosed(closed, who))) -
      round(() => written(opened, closed)),
  ).toSorted((a, b) => a - b);
  return { us: rounds[Math.floor(ROUNDS / 2)] ?? Number.NaN };
}

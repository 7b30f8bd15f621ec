import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Call } from "../call/call.ts";
import { UNGUARDED } from "../call/guard.ts";
import { decisionId } from "../call/id.ts";
import type { Allow, Deny, Hold, Refusal, Verdict } from "../call/verdict.ts";
import type { Config, Server } from "../config/config.ts";
import { TOLD } from "../config/told.ts";
import { version } from "../config/version.ts";
import { printable } from "../document/render.ts";
import { asOf } from "../gateway/as-of.ts";
import type { Gate } from "../gateway/gate.ts";
import { judgeOf } from "../gateway/judge.ts";
import { judged, record } from "../gateway/settle.ts";
import { localAccount } from "../identity/local.ts";
import { construct } from "../main.ts";
import type { Decision } from "../pipeline/stage.ts";
import { openLog } from "../telemetry/log.ts";
import { frameOf } from "../wire/frame.ts";
import { callOf } from "./call.ts";
import { Failure } from "./failure.ts";
import { type Operation, operationOf } from "./operation.ts";
import { policyInForce } from "./policy/of.ts";
import { gatesAt } from "./running-gate.ts";
import { say } from "./say.ts";

/** A terminal sends these to all that run in it. */
const OF_TERMINALS = ["SIGINT", "SIGQUIT"] as const;
const PASSED = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const;

/** Nobody can say which operation it is, and what cannot be judged does not run. */
const UNCLEAR: Deny = {
  kind: "deny",
  rule: { source: "command", rule: "unclear-command" },
  cause: { kind: "policy" },
  why: "Its options leave too many ways to read the command.",
  instead: "Write the words of the operation first, and values of options as `--option=value`.",
};

/** A command runs as it was written, or not at all. */
const UNMASKABLE: Deny = {
  kind: "deny",
  rule: { source: "command", rule: "masked-argument" },
  cause: { kind: "policy" },
  why: "Its words hold data that would have to be masked.",
  instead: "Leave the data out, or put a credential where the program reads it by itself.",
};

/** A line may be read in so many ways that policy is asked one call after the other for a while. */
function* otherwise({ call }: Decision, { readings = [], variants }: Operation): Generator<Call> {
  for (const name of [undefined, ...readings])
    for (const args of [undefined, ...variants])
      if (name !== undefined || args !== undefined)
        yield {
          ...call,
          ...(name !== undefined && { target: { kind: "tool", name } }),
          ...(args !== undefined && { args }),
        };
}

/** What a rule of the policy says that refuses one of the other readings, else all that any of them would ask and take. */
function allReadings(gate: Gate, decision: Decision, plain: Allow | Hold, operation: Operation): Verdict {
  if (operation.readings === undefined) return UNCLEAR;
  const judge = judgeOf(gate, gate.policy);
  const charges = new Map((plain.charges ?? []).map((charge) => [charge.counter, charge]));
  let held = plain.kind === "hold" ? plain : undefined;
  const asks = new Map(held?.asks.map((ask) => [ask.rule, ask]));
  for (const call of otherwise(decision, operation)) {
    const verdict = judge(call, decision.findings);
    // That no rule allows it under another name says nothing.
    if (verdict.kind === "deny" && verdict.rule.rule !== "default") return verdict;
    if (verdict.kind === "deny") continue;
    if (verdict.kind === "hold") {
      held ??= verdict;
      for (const ask of verdict.asks) asks.set(ask.rule, ask);
    }
    for (const charge of verdict.charges ?? [])
      if ((charges.get(charge.counter)?.amount ?? -1) < charge.amount) charges.set(charge.counter, charge);
  }
  const taken = charges.size === 0 ? {} : { charges: [...charges.values()] };
  return held === undefined ? { ...plain, ...taken } : { ...held, ...taken, asks: [...asks.values()] };
}

/** The stages and the judge, as for any tool call; then every other reading of the words. */
async function decisionOn(gate: Gate, server: string, operation: Operation): Promise<Decision> {
  const decision = await judged(
    gate,
    callOf(server, { kind: "tool", name: operation.name }, operation.args, localAccount()),
  );
  const { verdict } = decision;
  if (verdict.kind === "deny") return decision;
  if (gate.mode === "enforce" && decision.edits.some((edits) => edits.length > 0))
    return { ...decision, verdict: UNMASKABLE };
  return { ...decision, verdict: allReadings(gate, decision, verdict, operation) };
}

function refusalLine(refusal: Refusal, call: Call): string {
  const limit =
    refusal.kind === "deny" && refusal.cause.kind === "limit" ? "LIMIT reached" : "BLOCKED by policy";
  const first = refusal.kind === "hold" ? `WAITING FOR APPROVAL ${refusal.approval?.id ?? ""}` : limit;
  const instead = refusal.instead !== undefined ? ` ${refusal.instead}` : "";
  return printable(
    `${first}: ${refusal.why} (rule ${refusal.rule.rule})${instead} Ref: ${decisionId(call.id)}`,
  );
}

/** How the command's own MCP client finds the server through the gate. */
async function told(config: Config, server: string): Promise<Readonly<Record<string, string>>> {
  const { argv, execPath } = process;
  const door = [execPath, argv[1] ?? "", "proxy", "--server", server, "--config", config.file ?? ""];
  const listen = config.listen.filter((at) => at.server === undefined);
  const [gate] = await gatesAt({ listen, tls: config.tls });
  return {
    [TOLD.command]: JSON.stringify(door),
    ...(gate !== undefined && { [TOLD.url]: `${gate.url}/mcp/${server}` }),
  };
}

/** Passes on the signals that are for one process; those of a terminal only where there is none. */
function passSignals(child: ChildProcess): void {
  for (const signal of PASSED) process.on(signal, () => void child.kill(signal));
  for (const signal of OF_TERMINALS)
    process.on(signal, () => {
      if (!process.stdin.isTTY) child.kill(signal);
    });
}

/** Runs a program in this one's place as far as that goes. Gives its exit code, or 128 and the number of its signal. */
async function run(command: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: "inherit", shell: false, env: { ...process.env, ...env } });
  passSignals(child);
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new Failure(
      3,
      `cannot start \`${program}\`: ${error instanceof Error ? error.message : String(error)}`,
      "check the command after `--`: it must be installed, and in PATH or a path",
    );
  }
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal === null ? (code ?? 0) : 128 + constants.signals[signal];
}

async function runRecorded(
  gate: Gate,
  config: Config,
  server: Server,
  command: readonly string[],
): Promise<number> {
  const began_ms = gate.ticks();
  const operation = operationOf(command);
  const decision = await decisionOn(gate, server.name, operation);
  const { call } = decision;
  // The same words do something else in another folder.
  const params = { name: operation.name, arguments: operation.args, cwd: process.cwd() };
  const frame = frameOf({ kind: "request", id: call.id, method: call.method, params });
  const flight = { began_ms, server: server.name, cancelled: false };
  const { entry, verdict } = await record(gate, decision, frame, flight);
  if (entry === undefined)
    throw new Failure(
      3,
      "the command was not run, because it could not be written down first",
      "portcullis doctor",
    );
  if (verdict.kind !== "allow" && gate.mode === "enforce") {
    entry.close({ status: verdict.kind === "hold" ? "held" : "denied" });
    gate.alerts?.refused(call, verdict);
    say("fail", refusalLine(verdict, call));
    return 1;
  }
  if (verdict.kind !== "allow") say("warn", `would be refused: ${refusalLine(verdict, call)}`);
  try {
    const code = await run(command, await told(config, server.name));
    entry.close({ status: code === 0 ? "ok" : "error", detail: { exit_code: code } });
    return code;
  } catch (error) {
    entry.close({ status: "error", detail: { fault: "not-started" } });
    throw error;
  }
}

/**
 * Judges a command line as a tool call on a server, writes it down, and runs it where policy allows: standard streams,
 * signals and exit code are the command's own. Exit 1 where policy refuses, with the reason in one line; Failure 3
 * where it cannot be started or not be written down.
 */
export async function runCommand(
  config: Config,
  server: Server,
  command: readonly string[],
): Promise<number> {
  const { policy, follows } = policyInForce(config);
  const running = await construct({
    // A command line is what its program makes of it: guards look at one only where a rule of the policy says so.
    config: { ...config, servers: [server], guarding: UNGUARDED, plugins: [] },
    policy,
    follows,
    // Who types a command knows that it exists: a refusal gives the rule's reason.
    adapt: (each) => ({ ...each, hides: () => false }),
    log: openLog("warn"),
    version: version(),
  });
  try {
    return await runRecorded(asOf(running.gate, localAccount()), config, server, command);
  } finally {
    await running.close();
  }
}

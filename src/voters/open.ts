import type { Call } from "../call/call.ts";
import type { Deny } from "../call/verdict.ts";
import { DEFAULT_RESOURCE_ARGS, type Server } from "../config/config.ts";
import type { Voter } from "../config/voters.ts";
import { type Problem, Problems } from "../document/problem.ts";
import type { Step } from "../pipeline/stage.ts";
import { meant } from "./meant.ts";
import { type Engine, reason, unclear, type Vote, type VoterHealth } from "./vote.ts";
import { NONE, type Tightened, type Voters } from "./voters.ts";

/** A voter that can be asked. */
interface Seat {
  readonly voter: Voter;
  readonly engine: Engine;
  readonly concerns: (call: Call) => boolean;
  asked: number;
  failed: number;
  last_failure: VoterHealth["last_failure"];
}

async function engineOf(voter: Voter, ticks: () => number): Promise<Engine> {
  switch (voter.kind) {
    case "opa":
      return (await import("./opa/opa.ts")).opaVoter(voter, ticks);
    case "opa-wasm":
      return (await import("./bundle/bundle.ts")).bundleVoter(voter);
    case "cedar":
      return (await import("./cedar/cedar.ts")).cedarVoter(voter);
  }
}

/** What no decision means: `unreachable: allow` is about a server that does not answer, and about nothing else. */
function passes(voter: Voter, vote: Vote): boolean {
  return (
    vote.kind === "allow" ||
    (vote.kind === "unreachable" && voter.kind === "opa" && voter.unreachable === "allow")
  );
}

function refusalOf({ name }: Voter, vote: Exclude<Vote, { readonly kind: "allow" }>): Deny {
  const rule = { source: "voter", rule: name };
  if (vote.kind === "deny") {
    const why = vote.why ?? `The voter \`${name}\` does not allow it.`;
    return { kind: "deny", rule, cause: { kind: "policy" }, why };
  }
  const why = `The voter \`${name}\` ${vote.why}, and nothing passes that it has not allowed.`;
  return { kind: "deny", rule, cause: { kind: "broken", stage: `voter:${name}` }, why };
}

function stepOf(voter: Voter, vote: Vote, us: number): Step {
  const stage = `voter:${voter.name}`;
  if (vote.kind === "allow") return { stage, said: "allow", us };
  if (vote.kind === "deny")
    return { stage, said: "deny", us, ...(vote.why !== undefined && { why: vote.why }) };
  const why = `it ${vote.why}${vote.detail === undefined ? "" : `: ${vote.detail}`}`;
  return { stage, said: "broken", us, why: passes(voter, vote) ? `${why}; passes, as it is declared` : why };
}

/** A number that was rounded on the way in would be judged as another. */
function exact({ inexact: [first] }: Call): Vote | undefined {
  return first === undefined
    ? undefined
    : unclear("cannot be shown a number with so many digits", `args.${first}`);
}

async function voteOf(seat: Seat, call: Call): Promise<Vote> {
  const vote = exact(call) ?? (await seat.engine.vote(call));
  seat.asked += 1;
  if (vote.kind === "unreachable" || vote.kind === "unclear") {
    seat.failed += 1;
    const why = vote.detail === undefined ? vote.why : `${vote.why}: ${vote.detail}`;
    seat.last_failure = { at: Date.now(), why: reason(why) };
  }
  return vote;
}

async function tighten(seats: readonly Seat[], call: Call, ticks: () => number): Promise<Tightened> {
  const concerned = seats.filter(({ concerns }) => concerns(call));
  if (concerned.length === 0) return NONE;
  const said = await Promise.all(
    concerned.map(async (seat) => {
      const began = ticks();
      const vote = await voteOf(seat, call);
      return { voter: seat.voter, vote, us: Math.round((ticks() - began) * 1000) };
    }),
  );
  const against = said.find(({ voter, vote }) => !passes(voter, vote));
  return {
    steps: said.map(({ voter, vote, us }) => stepOf(voter, vote, us)),
    refusal:
      against === undefined || against.vote.kind === "allow"
        ? undefined
        : refusalOf(against.voter, against.vote),
  };
}

/**
 * Makes voters ready to be asked: bundles and policies are read and checked, OPA servers are not asked yet. `ticks`:
 * monotonic, ms. Throws Problems with everything that is wrong in any of them.
 */
export async function openVoters(
  voters: readonly Voter[],
  servers: readonly Pick<Server, "name" | "resource_args">[],
  ticks: () => number = () => performance.now(),
): Promise<Voters> {
  const args = new Map(servers.map(({ name, resource_args }) => [name, resource_args]));
  const resourceArgs = (server: string): readonly string[] => args.get(server) ?? DEFAULT_RESOURCE_ARGS;
  const seats: Seat[] = [];
  const problems: Problem[] = [];
  for (const voter of voters) {
    try {
      const concerns = meant(voter.name, voter.match, resourceArgs);
      const engine = await engineOf(voter, ticks);
      seats.push({ voter, engine, concerns, asked: 0, failed: 0, last_failure: undefined });
    } catch (error) {
      if (!(error instanceof Problems)) throw error;
      problems.push(...error.problems);
    }
  }
  const close = async (): Promise<void> => {
    await Promise.all(seats.map(({ engine }) => engine.close()));
  };
  if (problems.length > 0) {
    await close();
    throw new Problems(problems);
  }
  return {
    tighten: (call) => tighten(seats, call, ticks),
    health: () =>
      seats.map(({ voter, engine, asked, failed, last_failure }) => ({
        name: voter.name,
        kind: voter.kind,
        asked,
        failed,
        last_failure,
        resting: engine.resting(),
      })),
    close,
  };
}

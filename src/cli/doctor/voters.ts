import { type Call, type Target } from "../../call/call.ts";
import { callId } from "../../call/id.ts";
import type { Config } from "../../config/config.ts";
import type { Voter } from "../../config/voters.ts";
import { placeText, Problems } from "../../document/problem.ts";
import type { Step } from "../../pipeline/stage.ts";
import type { Finding } from "./finding.ts";

/** A call that nobody makes, to hear whether a voter answers at all. */
function probe(): Call {
  const at = Date.now();
  const target: Target = { kind: "none" };
  return {
    id: callId(at),
    at,
    principal: { id: "portcullis-doctor", tenant: "default", roles: [], scopes: [], source: "anonymous" },
    client: undefined,
    era: "modern",
    server: "portcullis-doctor",
    method: "ping",
    target,
    args: {},
    meta: {},
    inexact: [],
  };
}

const FIXES: Readonly<Record<Voter["kind"], string>> = {
  opa: "see whether the OPA server runs, and whether its policy has a decision at that path: `default allow := false`",
  "opa-wasm": "give the decision a default in the policy, and build the bundle again",
  cedar: "mend the policy that is named",
};

function findingOf({ name, kind }: Voter, step: Step | undefined): Finding {
  const check = "voter";
  const word = step?.said === "allow" ? "allows" : "denies";
  if (step === undefined || step.said !== "broken")
    return { level: "ok", check, message: `${name}  ${kind}, answers: ${word} a call that nobody makes` };
  return { level: "fail", check, message: `${name}  ${kind}, ${step.why ?? ""}`, fix: FIXES[kind] };
}

async function examined(voter: Voter, config: Config): Promise<readonly Finding[]> {
  const { openVoters } = await import("../../voters/open.ts");
  try {
    const voters = await openVoters([{ ...voter, match: {} }], config.servers);
    const { steps } = await voters.tighten(probe());
    await voters.close();
    return [findingOf(voter, steps[0])];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map((problem): Finding => {
      const place = placeText(problem);
      const message = `${voter.name}  ${place}  ${problem.message}`;
      return { level: "fail", check: "voter", message, fix: problem.hint ?? `edit ${place}` };
    });
  }
}

/** Each voter, asked now about a call that nobody makes: what it says does not matter, but that it says something. */
export async function voters(config: Config): Promise<readonly Finding[]> {
  return (await Promise.all(config.voters.map((voter) => examined(voter, config)))).flat();
}

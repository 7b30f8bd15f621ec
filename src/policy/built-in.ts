import { type Call, targetName } from "../call/call.ts";
import type { Deny } from "../call/verdict.ts";
import type { Failure } from "./condition.ts";

/** The rules that nobody writes. Their source is the judge itself, and no rule of a file may take their names. */
export const BUILT_IN = ["default", "condition-failed", "inexact-number", "uncountable"] as const;
export const SOURCE = "policy";

/** A name that came with a call, short enough for a sentence. */
function shown(name: string): string {
  return name.length > 80 ? `${name.slice(0, 79)}…` : name;
}

/** No rule speaks, and that means no. `offer`: the rule under which access to it can be asked for. */
export function defaultDeny(call: Call, offer: string | undefined): Deny {
  const name = targetName(call.target);
  const what =
    name === undefined ? `\`${shown(call.method)}\`` : `the ${call.target.kind} \`${shown(name)}\``;
  return {
    kind: "deny",
    rule: { source: SOURCE, rule: "default" },
    cause: { kind: "policy" },
    why: `No rule allows ${what} of the server \`${shown(call.server)}\`.`,
    instead:
      offer === undefined
        ? "Tell the user that no rule allows this; whoever keeps the policy can add one."
        : `Tell the user to ask for access for a time: \`portcullis access request --rule ${offer}\`.`,
  };
}

const REASONS: Readonly<Record<Exclude<Failure["kind"], "inexact">, (rule: string) => string>> = {
  failed: (rule) =>
    `The condition of rule \`${rule}\` fails on this call, and what cannot be judged does not pass.`,
  missing: (rule) =>
    `Rule \`${rule}\` judges a value that this call does not have, and what cannot be judged does not pass.`,
  "too much": (rule) => `The arguments are too large for the condition of rule \`${rule}\` to be worked out.`,
  ambiguous: (rule) =>
    `Several arguments of this call name a resource, and rule \`${rule}\` judges exactly one.`,
};

/** A rule could not be asked. Nothing is allowed on an error, and nothing is judged by a rounded number. */
export function unsureDeny(rule: string, failure: Failure): Deny {
  if (failure.kind === "inexact") {
    const path = shown(failure.message);
    return {
      kind: "deny",
      rule: { source: SOURCE, rule: "inexact-number" },
      cause: { kind: "argument", path },
      why: `Rule \`${rule}\` judges the number at \`${path}\`, which has more digits than can be compared exactly.`,
      instead: "Send a number of at most 15 digits, or the digits as text where the tool takes text.",
    };
  }
  return {
    kind: "deny",
    rule: { source: SOURCE, rule: "condition-failed" },
    cause: { kind: "policy" },
    why: REASONS[failure.kind](rule),
  };
}

/** A quota adds up an argument that is not there, or is no number that can be added up. */
export function uncountable(rule: string, path: string): Deny {
  return {
    kind: "deny",
    rule: { source: SOURCE, rule: "uncountable" },
    cause: { kind: "argument", path: shown(path) },
    why: `Rule \`${rule}\` adds up \`${shown(path)}\`, which must be a number of at most 15 digits, and not negative.`,
  };
}

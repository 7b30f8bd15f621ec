import { Fault } from "../../../call/fault.ts";

const NOT_DONE = "The call was given up; what the server did before it asked is not known.";

/** It does not speak the revision that it was asked in. */
export function otherRevision(server: string): Fault {
  return new Fault("upstream-refused", `The server ${server} does not speak revision 2026-07-28 any more.`, {
    detail: "it does not speak 2026-07-28",
  });
}

/** It answered `server/discover` with an error. */
export function undiscovered(server: string, code: number): Fault {
  const message = `The server ${server} did not say what it can do (error ${code}), so no session can begin with it.`;
  return new Fault("upstream-refused", message, { detail: `server/discover: ${code}` });
}

/** It holds the gate's headers against a schema that the gate was not given. */
export function headersRefused(server: string): Fault {
  const message = `The server ${server} and the gate do not agree on how its arguments are mirrored. The call did not run.`;
  return new Fault("upstream-refused", message, { detail: "-32020 HeaderMismatch, twice" });
}

/** It asked for more after each answer. */
export function neverSatisfied(server: string, rounds: number): Fault {
  return new Fault(
    "upstream-failed",
    `The server ${server} asked for more after ${rounds} rounds. ${NOT_DONE}`,
    {
      detail: `input_required ${rounds + 1} times`,
    },
  );
}

/** The client has no answer to what the server needs, and the question cannot be called off. */
export function unanswered(server: string, method: string, how: string): Fault {
  const message = `The client did not answer what the server ${server} needs (${method}): ${how}. ${NOT_DONE}`;
  return new Fault("upstream-failed", message, { detail: `${method} unanswered: ${how}` });
}

/** More than one message can carry. */
export function tooMuchSaid(server: string, most_bytes: number): Fault {
  const message = `The answers to what the server ${server} needs have more than ${most_bytes} bytes. ${NOT_DONE}`;
  return new Fault("upstream-failed", message, { detail: "inputResponses too large" });
}

/** More questions than one client can have open. */
export function tooManyQuestions(server: string, most: number): Fault {
  const message = `The server ${server} waits for ${most} answers of this client already. ${NOT_DONE}`;
  return new Fault("upstream-failed", message, { detail: `${most} questions open` });
}

import { type Frame, frameOf } from "../../../wire/frame.ts";

/** What a client must have declared to be sent to a page. */
export const PAGES_NEED = { elicitation: { url: {} } };
const MISSING_CAPABILITY = -32021;
const INTERNAL = -32603;

/** The end of a request that needs a page, where its client can send nobody to one (2026-07-28, capability checks). */
export function missingCapability(): Frame {
  const message = "This needs a client that can send a person to a page (elicitation, URL mode).";
  return frameOf({
    kind: "error",
    id: null,
    code: MISSING_CAPABILITY,
    message,
    data: { requiredCapabilities: PAGES_NEED },
  });
}

/** The end of a request that was not repeated because the person did not go where the server sent them. */
export function notAccepted(method: string, { message }: Frame): Frame {
  const why = message.kind === "error" ? message.message : "";
  const text = `The server needs a person to visit a page first, and they did not agree. It said: ${why}`;
  return method === "tools/call"
    ? frameOf({ kind: "result", id: 0, result: { content: [{ type: "text", text }], isError: true } })
    : frameOf({ kind: "error", id: null, code: INTERNAL, message: text });
}

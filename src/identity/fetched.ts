import { isObject, type JsonObject } from "../call/json.ts";
import { Fault } from "../call/fault.ts";

/** How the gate asks an issuer. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

/** An issuer that cannot be asked: nobody's fault who asks, and no reason to let anybody in. */
export function unavailable(detail: string, cause?: unknown): Fault {
  return new Fault(
    "identity-unavailable",
    "Who you are cannot be verified now. Try again later.",
    cause === undefined ? { detail } : { detail, cause },
  );
}

/** The text of a body. Rejects where it is longer than the bound. */
export async function textOf(body: Response["body"]): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > BYTES) throw new Error(`more than ${BYTES} bytes`);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** The text of a 200 answer, within bounds of size and time; redirects are not followed. Rejects with the reason. */
export async function fetchText(fetch: Fetch, url: string, init: RequestInit = {}): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { redirect: "manual", signal, ...init });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  }
  return textOf(response.body);
}

/** A JSON object at an address, as `fetchText`. */
export async function fetchObject(fetch: Fetch, url: string, init?: RequestInit): Promise<JsonObject> {
  const value: unknown = JSON.parse(await fetchText(fetch, url, init));
  if (!isObject(value)) throw new Error("answered no JSON object");
  return value;
}

import type { AskedTerms } from "../../config/plugins.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import { Nonsense } from "../found.ts";

type To = Pick<AskedTerms, "url" | "headers">;

/** The same program at a path below its address. */
export function below({ url, headers }: To, path: string): To {
  return { url: new URL(path, url.replace(/\/?$/, "/")).href, headers };
}

/** Sends JSON and gives what came. Redirects are not followed. Rejects with OutboundError. */
export function posted(to: To, outbound: Outbound, body: unknown, signal: AbortSignal): Promise<Response> {
  return outbound.fetch(to.url, {
    method: "POST",
    headers: { accept: "application/json", ...to.headers, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/** Sends JSON and reads JSON. Rejects with OutboundError, or Nonsense where the answer is no such thing. */
export async function exchanged(
  to: To,
  outbound: Outbound,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await posted(to, outbound, body, signal);
  if (answer.status !== 200) throw new Nonsense(`it answered ${answer.status}`);
  try {
    return await answer.json();
  } catch {
    throw new Nonsense("it answered no JSON");
  }
}

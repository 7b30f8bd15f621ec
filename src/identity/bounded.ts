import { type Fetch, textOf } from "./fetched.ts";

/** A fetch for libraries that read whatever comes: answers are whole, and within the bounds of size of `fetchText`. */
export function bounded(fetch: Fetch): (url: string, init: object) => Promise<Response> {
  return async (url, init) => {
    const { status, headers, body } = await fetch(url, { ...init, redirect: "manual" });
    const text = await textOf(body);
    const type = headers.get("content-type") ?? "";
    const nonce = headers.get("dpop-nonce");
    const said = { "content-type": type, ...(nonce !== null && { "dpop-nonce": nonce }) };
    return new Response([204, 205, 304].includes(status) ? null : text, { status, headers: said });
  };
}

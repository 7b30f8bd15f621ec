import type { JsonPath } from "../call/json.ts";
import { isLoopback } from "./address.ts";
import type { Reading } from "./build.ts";
import { expand } from "./references.ts";

/** A URL that others may be sent to: https, or http on this machine. Undefined where it is none; that is a problem then. */
export function webAddress(reading: Reading, path: JsonPath, written: string): string | undefined {
  const text = expand(written, path, reading.env, reading.origin, reading.findings);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const open = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(bare));
  if (url !== undefined && open && url.search === "" && url.hash === "" && url.username === "") return text;
  if (text !== "")
    reading.findings.problems.push(
      reading.origin.problem(
        path,
        "is no https:// address without `?`, `#` and user",
        "http:// is for loopback only",
      ),
    );
  return undefined;
}

/** What clients and people call this gate, without a slash at the end. What is wrong is in the findings. */
export function buildPublicUrl(reading: Reading): string | undefined {
  const written = reading.file.public_url;
  const text = written === undefined ? undefined : webAddress(reading, ["public_url"], written);
  return text === undefined ? undefined : new URL(text).href.replace(/\/+$/, "");
}

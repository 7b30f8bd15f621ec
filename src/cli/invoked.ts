import { basename } from "node:path";
import { shown } from "../config/paths.ts";

/** What to type for this program: its name, or how it was run where it is not installed under it. */
export function invoked(script: string | undefined = process.argv[1]): string {
  return script === undefined || basename(script) === "portcullis" ? "portcullis" : `node ${shown(script)}`;
}

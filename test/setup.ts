import { join } from "node:path";
import { offerPostgres } from "./postgres.ts";

/**
 * First line of every run: an npm that skipped the toolchain would leave the system's older Node.js without a word. Whatever
 * a test starts finds what was compiled before, which is half of what a short-lived program does.
 */
export default function setup(): Promise<() => Promise<void>> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 24) {
    throw new Error(
      `The tests need Node.js 24 or newer, this is ${process.versions.node}. Run them with \`make test\`.`,
    );
  }
  process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "../node_modules/.cache/compiled");
  return offerPostgres();
}

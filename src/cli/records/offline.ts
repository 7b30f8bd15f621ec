import { existsSync, readFileSync } from "node:fs";
import { printable } from "../../document/render.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say } from "../say.ts";

/** What the verifier, a program of its own, is asked and answers. */
interface Verifier {
  readonly readKey: (given: string) => unknown;
  readonly linesOf: (path: string) => AsyncIterable<string>;
  readonly verifyBundle: (
    lines: AsyncIterable<string>,
    given: {
      readonly key: unknown;
      readonly witnesses: readonly unknown[];
      readonly checkpoint: string | undefined;
    },
  ) => Promise<{
    readonly ok: boolean;
    readonly origin: string;
    readonly records: number;
    readonly size: number;
    readonly checkpoints: number;
    readonly policy: string | undefined;
    readonly findings: readonly { readonly index?: number; readonly what: string }[];
  }>;
}

/** Beside `src` and `dist`. */
const VERIFIER = new URL("../../../verifier/verify.mjs", import.meta.url).href;

/** Checks a bundle as an auditor does, by the program that the auditor has. Needs no configuration and no records. */
export async function offline(bundle: string, options: Readonly<Record<string, unknown>>): Promise<number> {
  const { key, since, witness = [] } = options;
  if (typeof key !== "string")
    throw new Failure(
      2,
      "--offline needs --key",
      "the public key, or a file with it, from whoever you trust to give it",
    );
  if (!existsSync(bundle))
    throw new Failure(2, `${bundle} does not exist`, "portcullis audit export-log > BUNDLE");
  const { readKey, linesOf, verifyBundle } = (await import(VERIFIER)) as Verifier;
  let result: Awaited<ReturnType<Verifier["verifyBundle"]>>;
  try {
    result = await verifyBundle(linesOf(bundle), {
      key: readKey(key),
      witnesses: (witness as readonly string[]).map(readKey),
      checkpoint: typeof since === "string" ? readFileSync(since, "utf8") : undefined,
    });
  } catch (error) {
    throw new Failure(2, `${bundle}: ${(error as Error).message}`);
  }
  const { ok, origin, records, size, checkpoints, policy, findings } = result;
  if (options["json"] === true) await print(jsonLine(result));
  else {
    for (const { index, what } of findings)
      await print(printable(index === undefined ? what : `record ${index}: ${what}`));
    const decided = policy === undefined ? "" : `, decided by policy ${policy}`;
    const summary = `${printable(origin)}: ${records} records of ${size}, ${checkpoints} checkpoints${decided}`;
    say(ok ? "ok" : "fail", summary);
  }
  return ok ? 0 : 1;
}

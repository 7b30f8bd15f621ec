import { explainFailure } from "./say.ts";

/** The whole command: nothing but what the asked command needs is loaded. */
async function main(words: readonly string[]): Promise<number> {
  if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
    const { version } = await import("../config/version.ts");
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const { run } = await import("./program.ts");
  try {
    return await run(words);
  } catch (error) {
    return explainFailure(error);
  }
}

process.exitCode = await main(process.argv.slice(2));

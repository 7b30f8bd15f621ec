import { wrapWords } from "./wrap-words.ts";

/** The whole command: nothing but what the asked command needs is loaded. */
async function main(words: readonly string[]): Promise<number> {
  if (words.length === 1 && (words[0] === "--version" || words[0] === "-V")) {
    const { version } = await import("../config/version.ts");
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const wrapped = wrapWords(words);
  try {
    if (wrapped !== undefined) return await (await import("./wrap.ts")).wrap(wrapped);
    return await (await import("./program.ts")).run(words);
  } catch (error) {
    return (await import("./say.ts")).explainFailure(error);
  }
}

process.exitCode = await main(process.argv.slice(2));

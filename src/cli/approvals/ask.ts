import { createInterface } from "node:readline/promises";

/** Whether somebody is there to answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks a question whose answer is yes where nothing else is said; the end of input is a no. Ctrl-C ends the process with 130. */
export async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on("SIGINT", () => process.exit(130));
  const over = new Promise<string>((resolve) => void lines.once("close", () => resolve("n")));
  try {
    const answer = await Promise.race([lines.question(`${question} (Y/n) `), over]);
    return /^\s*(?:y|yes)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}

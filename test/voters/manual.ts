import { readFileSync } from "node:fs";

const manual = readFileSync(new URL("../../docs/POLICY.md", import.meta.url), "utf8");

/** The manual's example in that language. */
export function example(language: string): string {
  const text = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(manual)?.[1];
  if (text === undefined) throw new Error(`the manual has no example: ${language}`);
  return text;
}

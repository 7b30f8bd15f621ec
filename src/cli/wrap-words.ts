import type { WrapOptions } from "./wrap.ts";

const NAMED = /^--(name|config)(?:=(.+))?$/s;

/**
 * What `portcullis wrap …` is asked for, read without the whole command line: a client waits for it each time it starts. Undefined
 * for everything else, which is read as the command line of any command is: other options, help, mistakes.
 */
export function wrapWords([command, ...words]: readonly string[]): WrapOptions | undefined {
  if (command !== "wrap") return undefined;
  const named: { name?: string; config?: string } = {};
  let at = 0;
  for (; words[at]?.startsWith("-") === true && words[at] !== "--"; at += 1) {
    const [, option, joined] = NAMED.exec(words[at] ?? "") ?? [];
    const value = joined ?? words[++at];
    if (option === undefined || value === undefined || (joined === undefined && value.startsWith("-")))
      return undefined;
    named[option as keyof typeof named] = value;
  }
  const rest = words.slice(words[at] === "--" ? at + 1 : at);
  return rest.length === 0 ? undefined : { ...named, command: rest };
}

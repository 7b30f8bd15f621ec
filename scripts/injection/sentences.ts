import { readFileSync } from "node:fs";
import { pick } from "./random.ts";

/**
 * Sentences of our own, as they stand in `sentences/`: below a line `= name` one template a line. `{slot}` stands for any line of the
 * section of that name, an empty one too, and `\n` for a line break.
 */

const FOLDER = new URL("./sentences/", import.meta.url);
const SLOT = /\{([a-z_-]+)\}/g;

/** The lines of a file. */
export function linesOf(file: string): readonly string[] {
  const lines = readFileSync(new URL(file, FOLDER), "utf8").split("\n");
  return lines.slice(0, -1).map((line) => line.replaceAll("\\n", "\n"));
}

/** The sections of a file by name. */
export function sectionsOf(file: string): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  let section: string[] = [];
  for (const line of linesOf(file)) {
    const name = /^= ([a-z][a-z -]*)$/.exec(line)?.[1];
    if (name === undefined) section.push(line);
    else {
      section = [];
      all.set(name, section);
    }
  }
  return all;
}

const SLOTS = new Map([...sectionsOf("slots.txt"), ...sectionsOf("definitions.txt")]);

/** Whether a template says something else each time. */
export function isVaried(template: string): boolean {
  return template.search(SLOT) >= 0;
}

/** A template with its slots filled, slots within slots too. */
export function said(template: string, random: () => number): string {
  return template.replaceAll(SLOT, (all, name: string) => {
    const lines = SLOTS.get(name);
    return lines === undefined ? all : said(pick(lines, random), random);
  });
}

/** As people type: in small letters, in capitals, or without the last stop. */
export function typed(text: string, random: () => number): string {
  const dice = random();
  if (dice < 0.12) return text.toLowerCase();
  if (dice < 0.2) return text.toUpperCase();
  if (dice < 0.3) return text.replace(/[.!]$/, "");
  return dice < 0.75 ? begun(text) : text;
}

/** With a capital at the beginning. */
export function begun(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

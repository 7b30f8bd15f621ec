import type { Json } from "../../src/call/json.ts";
import { leavesOf } from "../../src/detect/fields.ts";

/** A text to learn from. `group` is what is held out together and weighs together. */
export interface Example {
  /** One text, or those of the fields of a definition. */
  readonly texts: readonly string[];
  readonly attack: boolean;
  readonly source: string;
  readonly group: string;
  readonly lang?: string;
  readonly server?: string;
  /** The template of a sentence of ours. */
  readonly form?: string;
  /** Of which part of the data the ordinary text is that stands around an attack of ours: where that is held out, so is this. */
  readonly around?: string;
}

/** The fields of a definition as a gate looks at them; a text that is no JSON as one. */
export function textsOf(text: string, family: string): readonly string[] {
  if (family !== "mcp-tools") return [text];
  try {
    return leavesOf(JSON.parse(text) as Json, "definition").leaves.map((leaf) => leaf.text);
  } catch {
    return [text];
  }
}

import type { JsonObject } from "../call/json.ts";

/** What a server says of a tool, as MCP names it, and what MCP takes where it says nothing. The server's word: never trusted. */
const HINTS = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
} as const;

/** What a condition can see of a tool's annotations; a type of its own, so that a misspelt one is an error at load. */
export class AnnotationFacts {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
  constructor(said: JsonObject = {}) {
    const of = (name: keyof typeof HINTS): boolean => {
      const value = said[name];
      return typeof value === "boolean" ? value : HINTS[name];
    };
    this.readOnlyHint = of("readOnlyHint");
    // MCP: what only reads destroys nothing.
    this.destructiveHint = !this.readOnlyHint && of("destructiveHint");
    this.idempotentHint = of("idempotentHint");
    this.openWorldHint = of("openWorldHint");
  }
}
export const ANNOTATION_FIELDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(HINTS).map((name) => [name, "bool"]),
);

/** Of annotations only what a condition can see. Undefined where there is nothing of that. */
export function hintsOf(said: JsonObject): JsonObject | undefined {
  const found = Object.keys(HINTS).flatMap((name) => {
    const value = said[name];
    return typeof value === "boolean" ? [[name, value] as const] : [];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

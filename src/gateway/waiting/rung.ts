import type { Era } from "../../call/call.ts";
import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import { isAnswerable, isUnmet } from "../../wire/bridge/inputs.ts";

/** What is known of a request, and of who makes it, when people have to be asked. */
export interface Wish {
  readonly era: Era;
  readonly method: string;
  /** As the client declares them: in this request, or when its session began. */
  readonly capabilities: JsonObject;
  /** `_meta.progressToken`. */
  readonly progress_token: Json | undefined;
  /** Whether there is a page that shows its user what was asked. */
  readonly page: boolean;
}

/**
 * How a client waits for people, the best that it can: it holds a task; its user is sent to a page, or sees a form; it hears
 * of progress for a while; or it is told at once.
 */
export type Rung = "task" | "page" | "form" | "progress" | "at-once";

export const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

/** Chosen per request, by nothing but what the client declares. */
export function rungOf({ era, method, capabilities, progress_token, page }: Wish): Rung {
  const can = (mode: "form" | "url"): boolean => !isUnmet({ elicitation: { [mode]: {} } }, capabilities);
  if (era === "modern") {
    if (method === "tools/call" && isObject(member(member(capabilities, "extensions"), TASKS_EXTENSION)))
      return "task";
    if (!isAnswerable(method)) return "at-once";
    if (page && can("url")) return "page";
    return can("form") ? "form" : "at-once";
  }
  if (page && can("url")) return "page";
  if (can("form")) return "form";
  return typeof progress_token === "string" || typeof progress_token === "number" ? "progress" : "at-once";
}

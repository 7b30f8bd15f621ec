import { type Json, type JsonObject, member } from "../../../call/json.ts";
import { isWrapped } from "../../../wire/bridge/output-schema.ts";
import type { Frame } from "../../../wire/frame.ts";
import { type ParamHeader, paramHeaders } from "../../../wire/param-headers.ts";

/** What of a tool's definition decides how it is called and how its results are given on. */
export interface ToolShape {
  readonly headers: readonly ParamHeader[];
  /** Its output was listed as `{result: …}`. */
  readonly wraps: boolean;
}

const TOOLS_MOST = 10_000;
const NAME_CHARS = 1024;
const PAGES_MOST = 64;
const PLAIN: ToolShape = { headers: [], wraps: false };

/** The tools of one server as this client saw them last. */
export interface ToolIndex {
  /** A page of `tools/list` passed. `first` where it was asked for without a cursor. */
  learn(page: Frame, first: boolean): void;
  /** The list is not what it was. */
  forget(): void;
  /** What is known of a tool; the list is read where it is not known. `page` asks for one and never learns it itself. */
  shape(name: string, page: (cursor: string | undefined) => Promise<Frame>): Promise<ToolShape>;
}

export function toolIndex(): ToolIndex {
  const tools = new Map<string, ToolShape>();
  /** Whether all of the list is known, so that a name that is not there is no tool. */
  let whole = false;
  /** The pages since the first one are those of one list. */
  let begun = false;
  let reading: Promise<void> | undefined;

  function learn({ message }: Frame, first: boolean): void {
    if (message.kind !== "result") return;
    if (first) tools.clear();
    begun ||= first;
    const listed = member(message.result, "tools");
    for (const tool of Array.isArray(listed) ? (listed as readonly Json[]) : []) {
      const name = member(tool, "name");
      if (typeof name !== "string" || name.length > NAME_CHARS || tools.size >= TOOLS_MOST) continue;
      const headers = paramHeaders(member(tool, "inputSchema"));
      const wraps = isWrapped(member(tool, "outputSchema"));
      tools.set(name, headers.length === 0 && !wraps ? PLAIN : { headers, wraps });
    }
    whole = begun && cursorAfter(message.result) === undefined;
  }

  async function read(page: (cursor: string | undefined) => Promise<Frame>): Promise<void> {
    let cursor: string | undefined;
    begun = true;
    for (let pages = 0; pages < PAGES_MOST; pages += 1) {
      const frame = await page(cursor);
      learn(frame, cursor === undefined);
      cursor = frame.message.kind === "result" ? cursorAfter(frame.message.result) : undefined;
      if (cursor === undefined) break;
    }
    // Who forgot the list meanwhile wants it read once more.
    whole = begun;
  }

  return {
    learn,
    forget() {
      tools.clear();
      whole = false;
      begun = false;
    },
    async shape(name, page) {
      if (!whole && !tools.has(name)) {
        reading ??= read(page).finally(() => {
          reading = undefined;
        });
        await reading;
      }
      return tools.get(name) ?? PLAIN;
    },
  };
}

function cursorAfter(result: JsonObject): string | undefined {
  const next = member(result, "nextCursor");
  return typeof next === "string" ? next : undefined;
}

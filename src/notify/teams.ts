import type { Outbound } from "../outbound/outbound.ts";
import { answered, failed, type Outcome } from "./outcome.ts";
import type { Words } from "./words.ts";

interface Run {
  readonly type: "TextRun";
  readonly text: string;
  readonly weight?: "Bolder";
  readonly size?: "Large";
  readonly isSubtle?: true;
}
interface Lines {
  readonly type: "RichTextBlock";
  readonly inlines: readonly Run[];
}
/** As much of an Adaptive Card (1.4, what Teams shows) as notices need. */
export interface Card {
  readonly $schema: "http://adaptivecards.io/schemas/adaptive-card.json";
  readonly type: "AdaptiveCard";
  readonly version: "1.4";
  readonly body: readonly Lines[];
  readonly actions?: readonly [
    { readonly type: "Action.OpenUrl"; readonly title: string; readonly url: string },
  ];
}

const lines = (...inlines: readonly Run[]): Lines => ({ type: "RichTextBlock", inlines });

/** Runs of a RichTextBlock are the text that a card does not read for Markdown or dates. */
export function cardOf({ title, rows, next, link }: Words): Card {
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      lines({ type: "TextRun", text: title, weight: "Bolder", size: "Large" }),
      ...rows.map(([label, text]) =>
        lines({ type: "TextRun", text: `${label}: `, weight: "Bolder" }, { type: "TextRun", text }),
      ),
      ...(next === undefined ? [] : [lines({ type: "TextRun", text: next, isSubtle: true })]),
    ],
    ...(link !== undefined && { actions: [{ type: "Action.OpenUrl", title: "Open", url: link }] }),
  };
}

/** Posts a card to a Workflows webhook. */
export async function sendTeams(
  url: string,
  words: Words,
  { fetch }: Pick<Outbound, "fetch">,
  signal: AbortSignal,
): Promise<Outcome> {
  const content = { contentType: "application/vnd.microsoft.card.adaptive", content: cardOf(words) };
  const body = JSON.stringify({ type: "message", attachments: [content] });
  try {
    const headers = { "content-type": "application/json" };
    return answered("Teams", await fetch(url, { method: "POST", headers, body, signal }));
  } catch (error) {
    return failed(error);
  }
}

import type { Found } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";
import { type Hit, lookAt } from "../detect/look.ts";
import type { View } from "../detect/views/view.ts";
import { views } from "../detect/views/views.ts";
import { foundOf, hitsOf } from "./found.ts";
import type { Plugin, PluginFinding } from "./plugin.ts";

/** Asks what is in each of some texts; the findings of each, in their order. Rejects where it could not look at all of them. */
export type Ask = (texts: readonly Leaf[], signal: AbortSignal) => Promise<readonly (readonly Found[])[]>;

type Look = NonNullable<Plugin["look"]>;

/** Each way the text can be read, with what a plugin says of it. It is first asked of all, for it may take its time. */
async function looked(name: string, look: Look, { text, field }: Leaf, classes: readonly string[]) {
  const ways = views(text);
  const said = new Map<View, readonly PluginFinding[] | Promise<readonly PluginFinding[]>>();
  lookAt(name, ways, (reading, view) => {
    said.set(view, look(reading, { ...field, made: view.made }));
    return [];
  });
  const hits = new Map<View, readonly Hit[]>();
  for (const [view, findings] of said) hits.set(view, hitsOf(await findings, view.text, classes));
  return lookAt(name, ways, (_, view) => hits.get(view) ?? []);
}

/** Asks a plugin that runs in this process. */
export function askPlugin(plugin: Plugin): Ask {
  const { name, classes, look, find } = plugin;
  return async (texts, signal) => {
    const all: (readonly Found[])[] = [];
    for (const leaf of texts) {
      signal.throwIfAborted();
      all.push(
        look === undefined
          ? foundOf(name, find(views(leaf.text), leaf.field), leaf.text, classes)
          : await looked(name, look, leaf, classes),
      );
    }
    return all;
  };
}

import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  Scope,
  type VmCallResult,
} from "quickjs-emscripten-core";
import { Nonsense } from "../found.ts";

/** What code in a cell may use. */
export interface CellBounds {
  readonly memory_bytes: number;
  readonly stack_bytes: number;
  /** For loading the plugin and all that it is asked. */
  readonly timeout_ms: number;
}
export const CELL: CellBounds = { memory_bytes: 16 * 1024 * 1024, stack_bytes: 256 * 1024, timeout_ms: 250 };

/** Characters of one answer, and of a plugin. */
const ANSWER = 256 * 1024;
export const SOURCE = 1024 * 1024;

/** What a plugin may import, and all of it. */
const MODULE = "portcullis/plugin";
const DEFINE = "export const definePlugin = (plugin) => plugin;";

/** Runs before the plugin, so that what it does to the world inside does not change how it is asked. Texts go in, a text comes out. */
const ASKING = `(() => {
  "use strict";
  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  return (plugin, text, place) => {
    if (place !== undefined) return stringify(apply(plugin.look, plugin, [text, parse(place)]));
    const { name, version, tier, broken, classes, roles, look } = plugin;
    return stringify({ name, version, tier, broken, classes, roles, look: typeof look });
  };
})()`;

/** A plugin that was loaded, for as long as one message takes. */
export interface Inmate {
  /** What it says of itself, JSON. */
  readonly card: () => string;
  /** What it says of a text at a place (JSON), as JSON. */
  readonly look: (text: string, place: string) => string;
}

/** Loads a plugin with a world of its own, lets `use` ask it, and takes that world down. */
export type Cell = <T>(source: string, bounds: CellBounds, use: (inmate: Inmate) => T) => T;

/** What it threw is not looked at: it is its own making, and may quote what was read. */
function unwrapped(result: VmCallResult<QuickJSHandle>): QuickJSHandle {
  if (result.error === undefined) return result.value;
  result.error.dispose();
  throw new Nonsense("it threw, or met a bound of its sandbox");
}

function textOf(context: QuickJSContext, handle: QuickJSHandle): string {
  if (context.typeof(handle) !== "string") throw new Nonsense("it gave no list of findings");
  using length = context.getProp(handle, "length");
  if (context.getNumber(length) > ANSWER) throw new Nonsense("it said more than is read");
  return context.getString(handle);
}

function inmateIn(context: QuickJSContext, source: string, scope: Scope): Inmate {
  const asking = scope.manage(unwrapped(context.evalCode(ASKING, "asking.js")));
  const module = scope.manage(unwrapped(context.evalCode(source, "plugin.js", { type: "module" })));
  const plugin = scope.manage(context.getProp(module, "plugin"));
  if (context.typeof(plugin) !== "object") throw new Nonsense("it exports no `plugin`");
  const ask = (...texts: readonly string[]): string => {
    const handles = texts.map((text) => context.newString(text));
    try {
      using answer = unwrapped(context.callFunction(asking, context.undefined, plugin, ...handles));
      return textOf(context, answer);
    } finally {
      for (const handle of handles) handle.dispose();
    }
  };
  return { card: () => ask(), look: (text, place) => ask(text, place) };
}

/**
 * Opens QuickJS. What runs in it has the language and nothing else: no clock of the machine's, files, network, process, timers or
 * imports. Each use has a fresh world, so nothing is kept from one message to the next. Throws Nonsense where the plugin breaks or
 * meets a bound. Whoever gets another error has to give up the whole module, for its memory may be in disorder.
 */
export async function openCell(ticks: () => number): Promise<Cell> {
  const quickjs = await newQuickJSWASMModuleFromVariant(
    variant as unknown as QuickJSSyncVariant, // its types are those of its CommonJS form
  );
  return (source, { memory_bytes, stack_bytes, timeout_ms }, use) => {
    const until = ticks() + timeout_ms;
    return Scope.withScope((scope) => {
      const runtime = scope.manage(quickjs.newRuntime());
      runtime.setMemoryLimit(memory_bytes);
      runtime.setMaxStackSize(stack_bytes);
      runtime.setInterruptHandler(() => ticks() > until);
      runtime.setModuleLoader((name) =>
        name === MODULE ? DEFINE : { error: new Error("nothing else can be imported") },
      );
      const context = scope.manage(runtime.newContext());
      return use(inmateIn(context, source, scope));
    });
  };
}

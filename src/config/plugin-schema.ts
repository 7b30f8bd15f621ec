import { z } from "zod";
import { ASKED, onnx } from "./asked-plugin-schema.ts";
import { terms } from "./plugin-terms.ts";

const file = (about: string) => z.string().min(1).max(4096).describe(`${about}, relative to this file.`);

const trusted = z
  .strictObject({ kind: z.literal("module"), file: file("A module that exports `plugin`"), ...terms })
  .describe("A plugin that is trusted: it runs in the gate's own process, and can do what the gate can.");

const sandbox = z
  .strictObject({
    kind: z.literal("sandbox"),
    file: file("One file of JavaScript that exports `plugin`"),
    ...terms,
  })
  .describe("A plugin that is not trusted: it runs in QuickJS, with the texts it is shown and nothing else.");

/** One of `plugins`. */
export const pluginSchema = z
  .discriminatedUnion("kind", [trusted, sandbox, onnx, ...ASKED], {
    error: `is one of ${["module", "sandbox", "onnx", ...ASKED.map(({ shape }) => shape.kind.value)].join(", ")}`,
  })
  .describe("A guard that is not built in.");

export type PluginEntry = z.output<typeof pluginSchema>;

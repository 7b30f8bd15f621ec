import { z } from "zod";
import { ACTIONS, TIERS } from "../call/guard.ts";

const terms = {
  action: z
    .enum(["off", ...ACTIONS])
    .optional()
    .describe(
      "What findings of at least `threshold` lead to, within its tier; others are noted. Built in: the most that its tier allows.",
    ),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("The least score that leads to `action`. Built in: 0.5."),
  broken: z
    .enum(["stop", "pass"])
    .optional()
    .describe("What it means that it did not look. Built in: what the plugin itself declares."),
  timeout_ms: z
    .int()
    .min(1)
    .max(30_000)
    .optional()
    .describe("For all texts of one message. Built in: 250 in a sandbox, else 1000."),
};
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

const asked = {
  url: z
    .string()
    .min(1)
    .max(4096)
    .describe("Where it is: https://…, or http:// to a host that `outbound.allow` lists."),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/), z.string().max(4096))
    .optional()
    .describe("Sent on every request. Write secrets as ${NAME}."),
  ...terms,
  broken: z
    .enum(["stop", "pass"])
    .describe("What it means that it could not be asked, or gave no answer in time."),
  tier: z.enum(TIERS).optional().describe("The most that its findings may lead to. Built in: rewrite."),
};

const http = z
  .strictObject({ kind: z.literal("http"), ...asked })
  .describe("A program that is asked over HTTP: see docs/PLUGINS.md for what is sent and what is expected.");

const presidio = z
  .strictObject({
    kind: z.literal("presidio"),
    ...asked,
    language: z
      .string()
      .regex(/^[a-z]{2}$/)
      .optional()
      .describe("The language of the texts. Built in: en."),
  })
  .describe("The analyzer of Microsoft Presidio, which is asked for personal data.");

/** One of `plugins`. */
export const pluginSchema = z
  .discriminatedUnion("kind", [trusted, sandbox, http, presidio], {
    error: "is one of module, sandbox, http and presidio",
  })
  .describe("A guard that is not built in.");

export type PluginEntry = z.output<typeof pluginSchema>;

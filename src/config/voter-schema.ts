import { z } from "zod";
import { matchSchema } from "../policy/schema.ts";

const match = matchSchema.optional().describe("Which calls it is asked about. All where it is left out.");
const path = z.string().min(1).max(4096);
const timeout = z
  .int()
  .min(10)
  .max(60_000)
  .optional()
  .describe("What takes longer is no answer. Built in: 500.");

const opa = z
  .strictObject({
    kind: z.literal("opa"),
    url: z
      .string()
      .min(1)
      .max(4096)
      .describe("The decision at the OPA server: http://127.0.0.1:8181/v1/data/mcp/allow."),
    timeout_ms: timeout,
    cache_s: z
      .int()
      .min(0)
      .max(3600)
      .optional()
      .describe("How long a decision is used again for the same input, its time aside. Built in: 0, never."),
    unreachable: z
      .enum(["deny", "allow"])
      .optional()
      .describe("What it means that the server cannot be asked, or does not answer in time. Built in: deny."),
    match,
  })
  .describe("An OPA server that is asked over HTTP.");

const bundle = z
  .strictObject({
    kind: z.literal("opa-wasm"),
    bundle: path.describe("The .tar.gz that `opa build -t wasm -e ENTRYPOINT` wrote, relative to this file."),
    entrypoint: z.string().min(1).max(256).describe("The decision in it, such as mcp/allow."),
    timeout_ms: timeout,
    match,
  })
  .describe("Rego, compiled to Wasm, in a thread of the gate.");

const cedar = z
  .strictObject({
    kind: z.literal("cedar"),
    policies: path.describe("A folder of .cedar files, or one of them, relative to this file."),
    schema: path
      .optional()
      .describe("A .cedarschema file, or a schema as .json; policies are checked against it."),
    entities: path.optional().describe("A JSON file of entities beside those that a call brings."),
    match,
  })
  .describe("Cedar policies, in the gate.");

/** One of `voters`. */
export const voterSchema = z
  .discriminatedUnion("kind", [opa, bundle, cedar], { error: "is one of opa, opa-wasm and cedar" })
  .describe("Who is asked about calls that policy allows, and can only refuse them.");

export type VoterEntry = z.output<typeof voterSchema>;

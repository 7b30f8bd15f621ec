import { z } from "zod";
import { FINDING_CLASSES, TIERS } from "../call/guard.ts";
import { terms } from "./plugin-terms.ts";

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
};
const tierOf = (builtIn: string) =>
  z.enum(TIERS).optional().describe(`The most that its findings may lead to. Built in: ${builtIn}.`);
const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{C}]+$/u);

const http = z
  .strictObject({ kind: z.literal("http"), ...asked, tier: tierOf("rewrite") })
  .describe("A program that is asked over HTTP: see docs/PLUGINS.md for what is sent and what is expected.");

const presidio = z
  .strictObject({
    kind: z.literal("presidio"),
    ...asked,
    tier: tierOf("rewrite"),
    language: z
      .string()
      .regex(/^[a-z]{2}$/)
      .optional()
      .describe("The language of the texts. Built in: en."),
  })
  .describe("The analyzer of Microsoft Presidio, which is asked for personal data.");

const llm_guard = z
  .strictObject({
    kind: z.literal("llm_guard"),
    ...asked,
    tier: tierOf("rewrite"),
    endpoint: z
      .enum(["analyze", "scan"])
      .optional()
      .describe("`analyze` says where data are, `scan` only that something is wrong. Built in: analyze."),
    suppress: z
      .array(name)
      .max(100)
      .optional()
      .describe("Scanners of that server that are not to run, such as `Relevance`."),
  })
  .describe("LLM Guard's API server, with the scanners that it is configured with.");

const lakera = z
  .strictObject({
    kind: z.literal("lakera"),
    ...asked,
    tier: tierOf("rewrite"),
    project: name.optional().describe("Whose policy decides there. Built in: that service's default policy."),
  })
  .describe("Lakera Guard (Check Point AI Guardrails), version 2.");

const open_appsec = z
  .strictObject({
    kind: z.literal("open_appsec"),
    ...asked,
    tier: tierOf("tighten"),
    status: z
      .int()
      .min(400)
      .max(499)
      .optional()
      .describe("What it answers where it prevents. Built in: 403."),
  })
  .describe("A page behind open-appsec that answers 200: what it prevents there is found.");

const interceptors = z
  .strictObject({ kind: z.literal("interceptors"), ...asked, tier: tierOf("rewrite") })
  .describe("An MCP server of interceptors (SEP-1763), over Streamable HTTP.");

const flags = z
  .record(name, z.enum(FINDING_CLASSES))
  .refine((all) => Object.keys(all).length > 0 && Object.keys(all).length <= 100, "1 to 100 labels")
  .describe("Which labels of the model are findings, and of which class: { INJECTION: prompt_injection }.");

const tei = z
  .strictObject({ kind: z.literal("tei"), ...asked, tier: tierOf("tighten"), flags })
  .describe("A text classifier behind Hugging Face's text-embeddings-inference (`POST /predict`).");

const kserve = z
  .strictObject({
    kind: z.literal("kserve"),
    ...asked,
    tier: tierOf("tighten"),
    flags,
    model: name.describe("The model, or the pipeline that cuts texts into tokens before it."),
    input: name.optional().describe("Its input of texts. Built in: text."),
    output: name.optional().describe("Its output. Built in: the first."),
    columns: z
      .array(name)
      .min(1)
      .max(100)
      .optional()
      .describe("What the numbers of an output stand for, in their order; needed where it gives numbers."),
  })
  .describe(
    "A text classifier behind the Open Inference Protocol (KServe, Triton, MLServer), whatever it runs in: ONNX Runtime, say.",
  );

/** A text classifier of a folder. */
export const onnx = z
  .strictObject({
    kind: z.literal("onnx"),
    folder: z
      .string()
      .min(1)
      .max(4096)
      .describe(
        "Where it lies as it is published, relative to this file: config.json, tokenizer.json, tokenizer_config.json, model.onnx.",
      ),
    flags,
    ...terms,
    broken: asked.broken,
    tier: tierOf("tighten"),
  })
  .describe(
    "A text classifier in ONNX, in a thread of the gate. Needs the packages onnxruntime-node and @huggingface/tokenizers, which you install.",
  );

/** Programs elsewhere that are asked. */
export const ASKED = [http, presidio, llm_guard, lakera, open_appsec, interceptors, tei, kserve] as const;
export type AskedEntry = z.output<(typeof ASKED)[number]>;

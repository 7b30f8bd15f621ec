import { z } from "zod";
import type { Asked } from "../../config/plugins.ts";
import type { FindingClass, Found, Role } from "../../detect/detector.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { below, exchanged } from "./exchange.ts";
import { redactionsIn } from "./redactions.ts";
import { foundAt, slugOf } from "./whole.ts";

/** What its API server answers (openapi.json 0.0.10). A risk is above 0 where the scanner's own threshold is passed, and 1 at most. */
const answerSchema = z.object({
  is_valid: z.boolean(),
  scanners: z.record(z.string().max(100), z.number()),
  sanitized_prompt: z.string().optional(),
  sanitized_output: z.string().optional(),
});
type Answer = z.output<typeof answerSchema>;

/** What its scanners find; all others say that a text is not wanted. */
const CLASSES: Readonly<Record<string, FindingClass>> = {
  PromptInjection: "prompt_injection",
  InvisibleText: "prompt_injection",
  Anonymize: "pii",
  Sensitive: "pii",
  Secrets: "secret",
  Code: "command_injection",
  BanCode: "command_injection",
  MaliciousURLs: "exfiltration",
};
const classOf = (scanner: string): FindingClass =>
  Object.hasOwn(CLASSES, scanner) ? (CLASSES[scanner] ?? "malformed") : "malformed";

/** Those that its own thresholds let flag the text. A risk is rounded there, so all may be 0. */
function flaggedIn({ scanners }: Answer): readonly (readonly [string, number])[] {
  const risks = Object.entries(scanners);
  const over = risks.filter(([, risk]) => risk > 0);
  if (over.length > 0) return over;
  return [risks.toSorted(([, one], [, other]) => other - one)[0] ?? ["LLM Guard", 0]];
}

function foundIn(guard: string, said: Answer, text: string): readonly Found[] {
  if (said.is_valid) return [];
  const cut = redactionsIn(text, said.sanitized_prompt ?? said.sanitized_output ?? text) ?? [];
  return flaggedIn(said).flatMap(([scanner, risk]) => {
    const of = classOf(scanner);
    const score = 0.5 + Math.min(1, Math.max(0, risk)) / 2;
    const why = `LLM Guard's ${slugOf(scanner)?.replaceAll("_", " ") ?? "scanner"} flags it`;
    const own = cut.filter(({ kind }) => (of === "pii" ? kind !== "secret" : of === kind));
    if ((of !== "pii" && of !== "secret") || own.length === 0)
      return [
        foundAt(
          guard,
          { class: of, kind: of === "pii" ? "pii" : slugOf(scanner), score, why },
          0,
          text.length,
        ),
      ];
    return own.map(({ kind, from, until }) => foundAt(guard, { class: of, kind, score, why }, from, until));
  });
}

/** What an agent sends is what its model put out; everything else is on its way into a model. */
function requestFor(role: Role, text: string): { readonly way: string; readonly body: object } {
  return role === "argument"
    ? { way: "output", body: { prompt: "", output: text } }
    : { way: "prompt", body: { prompt: text } };
}

/** Asks LLM Guard's API server, once for each text. */
export function askLlmGuard(plugin: Asked<"llm_guard">, outbound: Outbound): Ask {
  const { name, endpoint, suppress } = plugin;
  return async (texts, signal) =>
    await Promise.all(
      texts.map(async ({ text, field }) => {
        if (text.trim() === "") return [];
        const { way, body } = requestFor(field.role, text);
        const to = below(plugin, `${endpoint}/${way}`);
        const said = await exchanged(to, outbound, { ...body, scanners_suppress: suppress }, signal);
        const read = answerSchema.safeParse(said);
        if (!read.success) throw new Nonsense("it gave no result of scanners");
        return foundIn(name, read.data, text);
      }),
    );
}

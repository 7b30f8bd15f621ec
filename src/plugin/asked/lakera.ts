import { z } from "zod";
import type { Asked } from "../../config/plugins.ts";
import type { FindingClass, Found } from "../../detect/detector.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { below, exchanged } from "./exchange.ts";
import { startsOf } from "./places.ts";
import { foundAt, maskKind, slugOf } from "./whole.ts";

const detector = z.string().max(200);
/** What `POST /v2/guard` answers with `breakdown` and `payload`. */
const answerSchema = z.object({
  flagged: z.boolean(),
  breakdown: z.array(z.object({ detector_type: detector, detected: z.boolean() })).max(1_000),
  payload: z
    .array(z.object({ start: z.int(), end: z.int(), text: z.string(), detector_type: detector }))
    .max(1_000)
    .optional(),
});
type Answer = z.output<typeof answerSchema>;

/** Its names for kinds that this gate knows under another; all others keep theirs. */
const KINDS: Readonly<Record<string, string>> = {
  phone_number: "phone",
  ip_address: "ip",
  iban_code: "iban",
  us_social_security_number: "ssn",
};

function classified(type: string): { readonly class: FindingClass; readonly kind: string | undefined } {
  const [family, name = ""] = type.split("/", 2);
  if (family === "pii") {
    const kind = maskKind(name);
    return { class: "pii", kind: Object.hasOwn(KINDS, kind) ? KINDS[kind] : kind };
  }
  if (family === "prompt_attack") return { class: "prompt_injection", kind: undefined };
  if (family === "unknown_links") return { class: "exfiltration", kind: "unknown_links" };
  return { class: "malformed", kind: slugOf(type) };
}

/** Where something is that it quotes: places are believed where they hold what is quoted, in units or in characters. */
function placeOf(
  { start, end, text: quoted }: NonNullable<Answer["payload"]>[number],
  text: string,
): readonly [number, number] {
  const starts = startsOf(text);
  for (const [from, until] of [
    [start, end],
    [starts[start], starts[end]],
  ] as const)
    if (from !== undefined && until !== undefined && quoted !== "" && text.slice(from, until) === quoted)
      return [from, until];
  const from = quoted === "" ? -1 : text.indexOf(quoted);
  return from < 0 ? [0, text.length] : [from, from + quoted.length];
}

function foundIn(
  guard: string,
  { flagged, breakdown, payload = [] }: Answer,
  text: string,
): readonly Found[] {
  if (!flagged) return [];
  const detected = breakdown.filter((each) => each.detected).map(({ detector_type }) => detector_type);
  const types = new Set([...detected, ...payload.map(({ detector_type }) => detector_type)]);
  if (types.size === 0)
    return [foundAt(guard, { class: "malformed", score: 1, why: "Lakera Guard flags it" }, 0, text.length)];
  return [...types].flatMap((type) => {
    const of = classified(type);
    const said = {
      ...of,
      score: 1,
      why: `Lakera Guard takes it for ${(of.kind ?? of.class).replaceAll("_", " ")}`,
    };
    const places = payload.filter(({ detector_type }) => detector_type === type);
    if (places.length === 0) return [foundAt(guard, said, 0, text.length)];
    return places.map((each) => foundAt(guard, said, ...placeOf(each, text)));
  });
}

/** Asks Lakera Guard (`POST /v2/guard`), once for each text, as one message: of the assistant what an agent sends, else of the user. */
export function askLakera(plugin: Asked<"lakera">, outbound: Outbound): Ask {
  const to = below(plugin, "v2/guard");
  const { name, project } = plugin;
  const more = { breakdown: true, payload: true, ...(project !== undefined && { project_id: project }) };
  return async (texts, signal) =>
    await Promise.all(
      texts.map(async ({ text, field }) => {
        if (text.trim() === "") return [];
        const role = field.role === "argument" ? "assistant" : "user";
        const said = await exchanged(to, outbound, { messages: [{ role, content: text }], ...more }, signal);
        const read = answerSchema.safeParse(said);
        if (!read.success) throw new Nonsense("it gave no result of detectors");
        return foundIn(name, read.data, text);
      }),
    );
}

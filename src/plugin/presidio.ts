import { z } from "zod";
import type { AskedPlugin } from "../config/plugins.ts";
import type { Found, Severity } from "../detect/detector.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Ask } from "./ask.ts";
import { Nonsense } from "./found.ts";
import { exchanged } from "./http.ts";

/** What its analyzer gives for each entity. Places count characters (code points), as Python does. */
const answerSchema = z
  .array(
    z.object({
      entity_type: z.string().max(100),
      start: z.int().min(0),
      end: z.int().min(1),
      score: z.number().min(0).max(1),
    }),
  )
  .max(1_000);

/** Its names for kinds that this gate knows under another; all others keep theirs. */
const KINDS: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: "email",
  PHONE_NUMBER: "phone",
  IP_ADDRESS: "ip",
  IBAN_CODE: "iban",
  US_SSN: "ssn",
  US_PASSPORT: "passport",
  UK_NHS: "gb_nhs",
  UK_NINO: "gb_nino",
  ES_NIF: "es_dni",
  ES_NIE: "es_nie",
  IT_FISCAL_CODE: "it_codice_fiscale",
  PL_PESEL: "pl_pesel",
  SG_NRIC_FIN: "sg_nric",
  AU_TFN: "au_tfn",
  IN_PAN: "in_pan",
  IN_AADHAAR: "in_aadhaar",
  FI_PERSONAL_IDENTITY_CODE: "fi_hetu",
};

/** What no mark can be made of is masked as `pii`. */
function kindOf(entity: string): string {
  if (Object.hasOwn(KINDS, entity)) return KINDS[entity] ?? "pii";
  return /^[A-Z][A-Z_]{1,30}$/.test(entity) ? entity.toLowerCase() : "pii";
}

function severityOf(score: number): Severity {
  if (score >= 0.8) return "high";
  return score >= 0.5 ? "medium" : "low";
}

/** Where each code point of a text begins, in UTF-16 units, and its end. */
function unitsOf(text: string): readonly number[] {
  const at: number[] = [];
  let unit = 0;
  for (const character of text) {
    at.push(unit);
    unit += character.length;
  }
  at.push(unit);
  return at;
}

/** What Presidio said of a text, as findings. Throws Nonsense. */
function entitiesOf(guard: string, said: unknown, text: string): readonly Found[] {
  const read = answerSchema.safeParse(said);
  if (!read.success) throw new Nonsense("it gave no list of entities");
  const units = unitsOf(text);
  return read.data.map(({ entity_type, start, end, score }) => {
    const [from, until] = [units[start], units[end]];
    if (from === undefined || until === undefined || from >= until)
      throw new Nonsense("an entity is outside its text");
    const kind = kindOf(entity_type);
    const why = `Presidio takes it for ${kind.replaceAll("_", " ")}`;
    return { guard, class: "pii", kind, severity: severityOf(score), score, span: { from, until }, why };
  });
}

/** Asks the analyzer of Presidio (`POST /analyze`), once for each text, eight at a time. */
export function askPresidio(plugin: AskedPlugin, outbound: Outbound): Ask {
  const to = { url: new URL("analyze", plugin.url.replace(/\/?$/, "/")).href, headers: plugin.headers };
  return async (texts, signal) =>
    await Promise.all(
      texts.map(async ({ text }) => {
        // It refuses a text that is empty, and there is nothing in one.
        if (text.trim() === "") return [];
        const said = await exchanged(to, outbound, { text, language: plugin.language }, signal);
        return entitiesOf(plugin.name, said, text);
      }),
    );
}

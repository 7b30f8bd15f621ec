import { z } from "zod";
import type { Asked } from "../../config/plugins.ts";
import type { Found } from "../../detect/detector.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { below, exchanged } from "./exchange.ts";
import { startsOf } from "./places.ts";
import { foundAt, maskKind } from "./whole.ts";

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

function kindOf(entity: string): string {
  return Object.hasOwn(KINDS, entity) ? (KINDS[entity] ?? "pii") : maskKind(entity);
}

/** What Presidio said of a text, as findings. Throws Nonsense. */
function entitiesOf(guard: string, said: unknown, text: string): readonly Found[] {
  const read = answerSchema.safeParse(said);
  if (!read.success) throw new Nonsense("it gave no list of entities");
  const starts = startsOf(text);
  return read.data.map(({ entity_type, start, end, score }) => {
    const [from, until] = [starts[start], starts[end]];
    if (from === undefined || until === undefined || from >= until)
      throw new Nonsense("an entity is outside its text");
    const kind = kindOf(entity_type);
    const why = `Presidio takes it for ${kind.replaceAll("_", " ")}`;
    return foundAt(guard, { class: "pii", kind, score, why }, from, until);
  });
}

/** Asks the analyzer of Presidio (`POST /analyze`), once for each text, eight at a time. */
export function askPresidio(plugin: Asked<"presidio">, outbound: Outbound): Ask {
  const to = below(plugin, "analyze");
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

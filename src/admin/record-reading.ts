import type { Redaction } from "../audit/form/forms.ts";
import { metadataOf, wholeOf } from "../audit/form/line.ts";
import { type Entry, findingsOf, keptText } from "../audit/reading/entry.ts";
import { type Redact, redaction } from "../audit/reading/redaction.ts";
import { actId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { may } from "../call/permission.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import type { Store } from "../store/store.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import type { GovernanceParts } from "./parts.ts";
import { Refused } from "./problem.ts";
import { demand } from "./routes.ts";

/** How one reader sees a tenant's records. */
export interface View {
  readonly tenant: TenantId;
  readonly rows: ReturnType<Store["forTenant"]>;
  /** What is let out, and searched. */
  readonly redact: Redact;
  readonly show: (entry: Entry) => Readonly<Record<string, unknown>>;
}

/** Puts on record that records were let out, before they are. Throws Refused where it cannot be written. */
export async function putOnRecord(
  { gate }: GovernanceParts,
  rows: View["rows"],
  credential: Principal,
  action: "payload.opened" | "records.exported",
  object: string,
  detail: JsonObject,
): Promise<void> {
  const at = gate.now();
  try {
    await rows.acts.write({
      kind: "act",
      id: actId(at),
      at,
      principal: credential.id,
      action,
      object: object.slice(0, 1024),
      outcome: "ok",
      detail,
    });
  } catch (error) {
    if (!(error instanceof JournalUnavailable)) throw error;
    throw new Refused("unrecorded", "That it is read cannot be put on record now.", { cause: error });
  }
}

/** Classes whose payload is for those alone who have `payload.personal`. */
const OF_PERSONS: ReadonlySet<string> = new Set(["personal", "sensitive_personal"]);
const bare = redaction("payload", undefined);

/** Lets entries of a tenant out at a level; of calls whose class is not for this reader, never what was said. */
export function redactFor(level: Redaction, reader: Principal, tenant: TenantId): Redact {
  const redact = redaction(level, undefined);
  if (may(reader, "payload.personal", tenant)) return redact;
  const isWithheld = (entry: Entry): boolean =>
    entry.kind === "call" &&
    (OF_PERSONS.has(keptText(entry.record, "classification") ?? "") ||
      // The class is said before the answer is there.
      findingsOf(entry.record).some(({ side, class: found }) => side === "answered" && found === "pii"));
  return (entry) => redact(isWithheld(entry) ? bare(entry) : entry);
}

/**
 * How whoever asks sees the records of a tenant. With `payload` it shows what was said, which needs that right and is an
 * act on record, about `what`, which stands there in clear; what may name somebody goes into `detail`. Throws Refused.
 */
export async function viewFor(
  parts: GovernanceParts,
  credential: Principal,
  asked: TenantId | undefined,
  opens: boolean,
  what: string,
  detail: JsonObject = {},
): Promise<View> {
  const tenant = asked ?? credential.tenant;
  demand(credential, "records.read", tenant);
  if (opens) demand(credential, "payload.open", tenant);
  const rows = parts.store.forTenant(tenant);
  if (opens) await putOnRecord(parts, rows, credential, "payload.opened", what, detail);
  return {
    tenant,
    rows,
    redact: redactFor(opens ? "none" : "payload", credential, tenant),
    show: opens ? wholeOf : metadataOf,
  };
}

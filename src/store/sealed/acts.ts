import type { TenantId } from "../../call/principal.ts";
import type { Act, ActRecord, Acts } from "../acts.ts";
import { ERASED, SEALED, textOf, unsealed } from "./row.ts";
import type { Sealer, Subject } from "./sealer.ts";

/** Acts whose object is a person by its nature; of others it is looked up. */
const OF_PEOPLE = /^(?:user|role|signin|session|totp)\./;

async function sealAct(sealer: Sealer, tenant: TenantId, act: Act): Promise<Act> {
  const doer = act.principal === "" ? undefined : await sealer.of(tenant, act.principal);
  const person =
    act.object === ""
      ? undefined
      : OF_PEOPLE.test(act.action)
        ? await sealer.of(tenant, act.object)
        : await sealer.find(tenant, act.object);
  // Of whoever failed to sign in nothing is known but where from: that is nobody's, and personal all the same.
  const nobody = doer === undefined && OF_PEOPLE.test(act.action);
  const subject: Subject | undefined = person ?? doer ?? (nobody ? await sealer.of(tenant, "") : undefined);
  if (subject === undefined) return act;
  const text = JSON.stringify({ detail: act.detail });
  return {
    ...act,
    principal: doer?.id ?? "",
    object: person?.id ?? act.object,
    detail: { of: subject.id, [SEALED]: subject.seal(text) },
  };
}

function openAct(record: ActRecord, subjects: ReadonlyMap<string, Subject>): ActRecord {
  const { act } = record;
  const { of, [SEALED]: token } = act.detail;
  if (typeof of !== "string" || typeof token !== "string") {
    const doer = subjects.get(act.principal);
    return doer === undefined
      ? record
      : Object.freeze({ ...record, act: Object.freeze({ ...act, principal: doer.name }) });
  }
  const detail = unsealed(token, subjects.get(of))?.["detail"];
  const opened: Act = {
    ...act,
    principal: subjects.get(act.principal)?.name ?? act.principal,
    object: subjects.get(act.object)?.name ?? act.object,
    detail: (detail as Act["detail"] | undefined) ?? { [ERASED]: true },
  };
  return Object.freeze({ ...record, act: Object.freeze(opened) });
}

/** Acts as they were written. What is not sealed stays as it is; of a change of policy who made it is an id. */
async function openActs(
  sealer: Sealer,
  tenant: TenantId,
  records: readonly ActRecord[],
): Promise<readonly ActRecord[]> {
  const ids = records
    .flatMap(({ act }) =>
      SEALED in act.detail ? [act.principal, act.object, textOf(act.detail["of"], "")] : [act.principal],
    )
    .filter((id) => id.startsWith("sub_"));
  if (ids.length === 0) return records;
  const subjects = await sealer.by(tenant, [...new Set(ids)]);
  return records.map((record) => openAct(record, subjects));
}

/** Acts whose people are ids, and whose details are sealed for whom they were done to, else for who did them; those of sign-ins for the gate's own name where nobody is known. */
export function sealedActs(inner: Acts, tenant: TenantId, sealer: Sealer): Acts {
  return {
    write: async (act) => await inner.write(await sealAct(sealer, tenant, act)),
    list: async (filter) => await openActs(sealer, tenant, await inner.list(filter)),
    find: async (query) => await openActs(sealer, tenant, await inner.find(query)),
  };
}

import type { TenantId } from "../../call/principal.ts";
import type { Letter, Outbox, Posted } from "../outbox.ts";
import { ERASED, SEALED, unsealed } from "./row.ts";
import type { Sealer } from "./sealer.ts";

/** Characters of a letter's data as JSON: what is sealed is a third longer than this, and still fits. */
const MOST = 12_000;

/** A letter says whom it is about, or it is about nobody and sealed for the gate's own name. */
async function sealLetter(sealer: Sealer, letter: Letter): Promise<Letter> {
  const { principal } = letter.data;
  const subject = await sealer.of(letter.tenant, typeof principal === "string" ? principal : "");
  const text = JSON.stringify(letter.data);
  if (text.length > MOST)
    throw new RangeError(`A notice with ${text.length} characters of data is too large.`);
  const { dedupe } = letter;
  return {
    ...letter,
    ...(dedupe !== undefined && { dedupe: subject.commit(dedupe) }),
    data: { of: subject.id, [SEALED]: subject.seal(text) },
  };
}

export async function sealLetters(sealer: Sealer, letters: readonly Letter[]): Promise<readonly Letter[]> {
  const sealed: Letter[] = [];
  for (const letter of letters) sealed.push(await sealLetter(sealer, letter));
  return sealed;
}

function idIn({ data }: Posted): string | undefined {
  const { of } = data;
  return typeof of === "string" && typeof data[SEALED] === "string" ? of : undefined;
}

async function openLetters(sealer: Sealer, posted: readonly Posted[]): Promise<readonly Posted[]> {
  const opened = new Map<string, Posted>();
  for (const tenant of new Set<TenantId>(posted.map((each) => each.tenant))) {
    const own = posted.filter((each) => each.tenant === tenant && idIn(each) !== undefined);
    const subjects = await sealer.by(tenant, [...new Set(own.map((each) => idIn(each) ?? ""))]);
    for (const letter of own) {
      const token = letter.data[SEALED];
      const data = typeof token === "string" ? unsealed(token, subjects.get(idIn(letter) ?? "")) : undefined;
      opened.set(letter.id, { ...letter, data: data ?? { [ERASED]: true } });
    }
  }
  return posted.map((letter) => opened.get(letter.id) ?? letter);
}

/** An outbox whose letters are sealed for whom they are about. */
export function sealedOutbox(inner: Outbox, sealer: Sealer): Outbox {
  return {
    ...inner,
    put: async (letters) => await inner.put(await sealLetters(sealer, letters)),
    take: async (now, limit, lease_ms) => await openLetters(sealer, await inner.take(now, limit, lease_ms)),
    list: async (filter) => await openLetters(sealer, await inner.list(filter)),
  };
}

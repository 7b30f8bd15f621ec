import type { Call } from "../call/call.ts";
import type { Edit } from "../call/verdict.ts";
import type { Guarded } from "./inspect.ts";
import { maskEdits, type Masking } from "./inspect-mask.ts";
import { textsOfCall } from "./inspect-texts.ts";
import { tokensIn } from "./inspect-tokens.ts";

/** Puts plain values in the place of marks, for a server that may have them: the one step after the judge. */
export type Reveal = (call: Call) => readonly Edit[] | Promise<readonly Edit[]>;

const NOTHING: readonly Edit[] = Object.freeze([]);

/** What a call needs to be sent as its server may have it. A mark whose value is gone stays what it is. */
export function revealing({ tokens, entitled }: Pick<Guarded, "tokens" | "entitled">): Reveal {
  return (call) => {
    const kinds = entitled(call.server);
    if (kinds.length === 0) return NOTHING;
    const { leaves } = textsOfCall(call);
    const told = tokensIn(leaves).filter(({ kind }) => kinds.includes(kind));
    if (told.length === 0) return NOTHING;
    return Promise.all(
      told.map(async ({ leaf, from, until, kind, id }): Promise<readonly Masking[]> => {
        const value = await tokens.plain(call.principal, kind, id);
        return value === undefined ? [] : [{ leaf, from, until, to: () => value }];
      }),
    ).then((maskings) => maskEdits(maskings.flat(), leaves));
  };
}

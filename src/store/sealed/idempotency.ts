import type { TenantId } from "../../call/principal.ts";
import type { Idempotency } from "../idempotency.ts";
import { textOf, unsealed } from "./row.ts";
import type { Sealer } from "./sealer.ts";

/** Keys of requests under who made them, and answers sealed for them. */
export function sealedIdempotency(inner: Idempotency, tenant: TenantId, sealer: Sealer): Idempotency {
  return {
    async begin(request) {
      const subject = await sealer.of(tenant, request.who);
      const digest = subject.commit(request.digest);
      const begun = await inner.begin({ ...request, who: subject.id, digest });
      if (begun.kind !== "answered") return begun;
      const { answer } = begun;
      return {
        kind: "answered",
        answer: { ...answer, body: textOf(unsealed(answer.body, subject)?.["body"], "") },
      };
    },
    async finish(who, key, answer) {
      const subject = await sealer.of(tenant, who);
      const body = subject.seal(JSON.stringify({ body: answer.body }));
      await inner.finish(subject.id, key, { ...answer, body });
    },
    forget: async (who, key) => await inner.forget((await sealer.of(tenant, who)).id, key),
  };
}

import { type Call, targetName } from "../call/call.ts";
import { digest, digestBytes, type JsonObject } from "../call/json.ts";
import type { Decision } from "../pipeline/stage.ts";
import type { Closed, Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";

export interface Outcome {
  readonly status: Closed["status"];
  readonly answer: Buffer | undefined;
  readonly detail: JsonObject;
}
export interface Entry {
  close(outcome: Outcome): void;
}
export interface Journal {
  open(decision: Decision, facts: { readonly size_bytes: number; readonly policy_version: string }): Promise<Entry>;
}
export function journal(store: Store, options: { mode: string; detail: string; log: Log }): Journal {
  return {
    async open(decision, facts) {
      const { call, verdict }: { call: Call; verdict: Decision["verdict"] } = decision;
      const { journal: to } = store.forTenant(call.principal.tenant);
      const began = performance.now();
      await to.append([
        {
          kind: "opened", call: call.id, at: call.at, principal: call.principal.id,
          client: call.client === undefined ? "" : `${call.client.name}/${call.client.version}`,
          era: call.era, server: call.server, method: call.method, target: targetName(call.target) ?? "",
          target_kind: call.target.kind, args_digest: digest(call.args), verdict: verdict.kind, rule: verdict.rule.rule,
          rule_source: verdict.rule.source, policy_version: facts.policy_version, size_bytes: facts.size_bytes,
          detail: { trail: decision.trail as never, mode: options.mode },
        },
      ]);
      return {
        close({ status, answer, detail }) {
          to.append([
            {
              kind: "closed", call: call.id, at: Date.now(), status, duration_us: Math.round((performance.now() - began) * 1000),
              answer_digest: answer === undefined ? "" : digestBytes(answer), size_bytes: answer?.length ?? 0, detail,
            },
          ]).catch((error: unknown) => options.log.error({ err: error }, "close not recorded"));
        },
      };
    },
  };
}

import { z } from "zod";
import { parseCallId } from "../call/id.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import { loadOf } from "../audit/log/sign.ts";
import { originOf } from "../audit/note/checkpoint.ts";
import { verifierOf, verifierText } from "../audit/note/note.ts";
import { callBundle, signedBy, Unsigned } from "../audit/proof/bundle.ts";
import { consistencyProof } from "../audit/tree/prove.ts";
import type { LogTables, Signed } from "../store/log.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { demand, problems, type Routes } from "./routes.ts";

const tenant_id = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .describe("Whose log; the credential's own if absent.");
const ofTenant = z.strictObject({ tenant_id });
const note = z
  .string()
  .describe("A C2SP checkpoint: a signed note, with the signatures of witnesses that have seen it.");
const keySchema = z
  .object({
    origin: z.string(),
    key: z.string().describe("name+id+key: what checkpoints of this log are verified with."),
  })
  .meta({ title: "LogKey" });
const consistencySchema = z
  .object({
    from: z.int(),
    size: z.int(),
    proof: z.array(z.string()).describe("Base64 of hashes, RFC 9162 §2.1.4."),
    checkpoint: note,
  })
  .meta({ title: "LogConsistency" });

/** The log, and the newest checkpoint of the tenant that is asked about. Throws Refused where there is none. */
async function signedOf(
  { evidence }: GovernanceParts,
  credential: Principal,
  asked: TenantId | undefined,
): Promise<{ readonly log: LogTables; readonly signed: Signed }> {
  const tenant = asked ?? credential.tenant;
  demand(credential, "records.read", tenant);
  const log = await evidence?.tables();
  const signed = await log?.checkpoint(tenant);
  if (log === undefined || signed === undefined)
    throw new Refused("wrong-state", "No checkpoint of that log is signed yet.");
  return { log, signed };
}

const config = { permission: "records.read" } as const;
const text = (value: unknown): string => String(value);

/** `GET /log/…`: the record as evidence. What is answered can be checked without this gate (docs/LOG-FORMAT.md). */
export function logRoutes(app: Routes, parts: GovernanceParts): void {
  signedRoutes(app, parts);
  proofRoutes(app, parts);
}

/** What is signed, and by which key. */
function signedRoutes(app: Routes, parts: GovernanceParts): void {
  app.get(
    `${BASE}/log/checkpoint`,
    {
      config,
      schema: {
        operationId: "getCheckpoint",
        tags: ["log"],
        summary: "How far the log has got, signed",
        querystring: ofTenant,
        response: { 200: note, ...problems("invalid-request", "wrong-state") },
      },
    },
    async ({ credential, query }, reply) => {
      const { log, signed } = await signedOf(parts, credential, query.tenant_id);
      return reply
        .type("text/plain; charset=utf-8")
        .serializer(text)
        .send(await signedBy(log, signed));
    },
  );
  app.get(
    `${BASE}/log/key`,
    {
      config,
      schema: {
        operationId: "getLogKey",
        tags: ["log"],
        summary: "The key that the log's checkpoints are verified with",
        querystring: ofTenant,
        response: { 200: keySchema, ...problems("invalid-request", "wrong-state") },
      },
    },
    async ({ credential, query }) => {
      const { log, signed } = await signedOf(parts, credential, query.tenant_id);
      const key = parts.evidence?.key();
      if (key === undefined) throw new Refused("wrong-state", "This gate has no key for its log.");
      const origin = originOf(await log.store(), signed.tenant);
      return { origin, key: verifierText(verifierOf(origin, key)) };
    },
  );
}

/** That a call is in the log, and that the log only grew. */
function proofRoutes(app: Routes, parts: GovernanceParts): void {
  app.get(
    `${BASE}/log/proof/:call_id`,
    {
      config,
      schema: {
        operationId: "proveCall",
        tags: ["log"],
        summary:
          "That a call is in the log, and which policy decided it: a bundle, as `audit prove` writes it",
        params: z.object({ call_id: z.string().max(64) }),
        querystring: ofTenant,
        response: {
          200: z.string().describe("Lines of JSON, docs/LOG-FORMAT.md."),
          ...problems("invalid-request", "not-found", "wrong-state"),
        },
      },
    },
    async ({ credential, query, params }, reply) => {
      const { log, signed } = await signedOf(parts, credential, query.tenant_id);
      const call = parseCallId(params.call_id);
      try {
        const lines =
          call === undefined ? undefined : await callBundle(log, parts.store.policies, signed.tenant, call);
        if (lines === undefined) throw new Refused("not-found", "No call of that id is in the log.");
        const body = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
        return await reply.type("application/x-ndjson").serializer(text).send(body);
      } catch (error) {
        if (error instanceof Unsigned) throw new Refused("wrong-state", `${error.message}.`);
        throw error;
      }
    },
  );
  app.get(
    `${BASE}/log/consistency`,
    {
      config,
      schema: {
        operationId: "proveConsistency",
        tags: ["log"],
        summary: "That the log only grew since it had so many records",
        querystring: ofTenant.extend({
          from: z.coerce.number().int().min(0).describe("The size that is known."),
        }),
        response: { 200: consistencySchema, ...problems("invalid-request", "wrong-state") },
      },
    },
    async ({ credential, query }) => {
      const { log, signed } = await signedOf(parts, credential, query.tenant_id);
      const { from } = query;
      const { size, tenant } = signed;
      if (from > size) throw new Refused("wrong-state", `The last checkpoint is of ${size} records.`);
      const proof = await consistencyProof(from, size, loadOf(log, tenant));
      const hashes = proof.map((hash) => Buffer.from(hash).toString("base64"));
      return { from, size, proof: hashes, checkpoint: await signedBy(log, signed) };
    },
  );
}

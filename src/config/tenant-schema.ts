import { z } from "zod";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const id = z.string().regex(NAME, "a tenant's id is up to 64 letters, digits, `.`, `_` and `-`");
const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)]);

/** One tenant that the configuration declares. */
const tenantSchema = z.strictObject({
  kind: z
    .enum(["org", "tenant", "project"])
    .optional()
    .describe("An org holds tenants, a tenant holds projects. tenant if absent."),
  parent: id.optional().describe("The one above it. What holds there holds here too."),
  name: z.string().min(1).max(200).optional().describe("For people; its id if absent."),
  policy: texts
    .optional()
    .describe(
      "Policy files, or folders of them, for it and everything below it. They are judged beside `policy:` and can only tighten.",
    ),
  servers: z
    .array(z.string().min(1).max(1024))
    .min(1)
    .max(1000)
    .optional()
    .describe("The servers that there are for it and everything below it; globs are taken. All if absent."),
  env: z
    .record(
      z.string(),
      z.record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a name that a variable can have"),
        z.string(),
      ),
    )
    .optional()
    .describe(
      "By server: what its own processes of that server get beside the server's `env`. Write secrets as ${NAME}.",
    ),
  share: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe(
      "Its part of the gate where several want more than there is, next to those of others. 1 if absent.",
    ),
});

/** `tenants:`: how they are kept apart, and by their ids those that the configuration declares. */
export const tenantsSchema = z
  .object({
    enabled: z
      .boolean()
      .optional()
      .describe(
        "false: whatever tenant a credential names is there. true if absent: only those that are set up.",
      ),
    isolation: z
      .enum(["standard", "strict"])
      .optional()
      .describe(
        "strict: a credential without a tenant is refused, and each tenant has connections to servers of its own. standard: it is of `default`.",
      ),
  })
  .catchall(tenantSchema)
  .describe("Tenants, by their ids: those beside `portcullis tenants create`.");

export type TenantEntry = z.output<typeof tenantSchema>;

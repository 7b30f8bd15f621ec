import { z } from "zod";

const url = z.string().min(1).max(2048);
const secret = z.string().min(1).max(4096);

/** `log`. */
export const logSchema = z
  .strictObject({
    key: secret
      .optional()
      .describe(
        "What checkpoints are signed with: an Ed25519 private key in PEM, as ${NAME}. With a SQLite store one is made beside the file.",
      ),
    checkpoint_s: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe("What is new in the log is signed so often. Built in: 60."),
    witnesses: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .describe("How many witnesses are to sign each checkpoint. Built in: all that stand in anchors."),
  })
  .describe("The log over what is on record: a Merkle tree for each tenant.");

const file = z
  .strictObject({
    kind: z.literal("file"),
    path: z
      .string()
      .min(1)
      .max(4096)
      .describe("Relative to this file; best where the gate may append and nobody may change."),
  })
  .describe("A file that each checkpoint is appended to.");
const witness = z
  .strictObject({
    kind: z.literal("witness"),
    url: url.describe("Before /add-checkpoint. One inside must stand in outbound.allow."),
    key: z.string().min(1).max(1024).describe("The witness's public key: name+id+key."),
  })
  .describe("A witness that speaks C2SP tlog-witness, such as `portcullis audit witness`.");
const webhook = z
  .strictObject({
    kind: z.literal("webhook"),
    url: secret.describe("https://…"),
    secrets: z.array(secret).min(1).max(2).describe("whsec_…, as ${NAME}; two while one replaces the other."),
  })
  .describe("Each checkpoint, signed as Standard Webhooks says.");
const object = z
  .strictObject({
    kind: z.literal("object"),
    url: url.describe(
      "The bucket and what names begin with: https://BUCKET.s3.eu-central-1.amazonaws.com/gate",
    ),
    region: z.string().min(1).max(64),
    access_key_id: secret.describe("As ${NAME}."),
    secret_access_key: secret.describe("As ${NAME}."),
    lock: z.enum(["governance", "compliance"]).optional().describe("Built in: compliance."),
    retain_days: z.int().min(1).max(36_500).describe("Nobody can change or delete a checkpoint so long."),
  })
  .describe("An object store that speaks S3, with object lock on the bucket.");

/** `anchors`. */
export const anchorsSchema = z
  .record(
    z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        "an anchor's name is up to 64 letters, digits, `.`, `_` and `-`",
      ),
    z.discriminatedUnion("kind", [file, witness, webhook, object], {
      error: "is one of file, witness, webhook and object",
    }),
  )
  .describe("Where checkpoints are kept so that who runs the gate cannot change them unseen.");

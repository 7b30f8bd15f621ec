import { z } from "zod";

const vault = z
  .strictObject({
    url: z.string().min(1).max(4096).describe("Where Vault is: https://vault.example.com:8200."),
    key: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,128}$/, "a key's name is made of letters, digits, `.`, `_` and `-`")
      .describe("The name of a key of the transit engine, of type aes256-gcm96 or another that encrypts."),
    mount: z
      .string()
      .regex(/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/, "a mount is a path such as transit")
      .max(256)
      .optional()
      .describe("Where the engine is mounted. Built in: transit."),
    token: z
      .string()
      .min(1)
      .max(4096)
      .describe("A token that may encrypt, decrypt and read that key; write ${VAULT_TOKEN}."),
    namespace: z.string().min(1).max(256).optional().describe("Of Vault Enterprise."),
  })
  .describe("A key of HashiCorp Vault's transit engine, which never leaves it.");

const kms = z
  .strictObject({
    key: z
      .string()
      .regex(/^[A-Za-z0-9:/_-]{1,2048}$/, "a key is named by its id, its ARN or an alias (alias/portcullis)")
      .describe("The id, ARN or alias of a symmetric key of AWS KMS."),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, "a region is written like eu-central-1")
      .describe("Where the key is: eu-central-1."),
    access_key_id: z.string().min(1).max(256).describe("Of who may encrypt, decrypt and describe that key."),
    secret_access_key: z.string().min(1).max(1024).describe("Write ${NAME}."),
    session_token: z.string().min(1).max(8192).optional().describe("Of credentials that end. Write ${NAME}."),
    url: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe("Another endpoint than the region's own, such as one inside a private network."),
  })
  .describe("A key of AWS KMS, which never leaves it.");

/** `keys`. */
export const keysSchema = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe(
        "A file of keys, relative to this file; made for its owner where there is none. Built in for SQLite: portcullis.keys beside the records.",
      ),
    secret: z
      .string()
      .min(1)
      .max(8192)
      .optional()
      .describe(
        "32 random bytes in base64 or hexadecimal, or a Fernet key; several with commas between, the first in use. Write ${NAME}; NAME_FILE is read as well.",
      ),
    vault: vault.optional(),
    kms: kms.optional(),
  })
  .refine((keys) => Object.values(keys).filter((each) => each !== undefined).length === 1, {
    error: "holds one of file, secret, vault and kms",
  })
  .describe("The key that wraps the keys with which personal data in the records is sealed.");

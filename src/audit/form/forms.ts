/** Forms in which each entry is a line. */
export const LINE_FORMS = ["ndjson", "atom", "guardian", "ocsf", "cef", "tool_logs"] as const;
export type LineForm = (typeof LINE_FORMS)[number];
/** All forms in which records can be let out. */
export const FORMS = [...LINE_FORMS, "json", "csv", "parquet", "otlp"] as const;
export type Form = (typeof FORMS)[number];

/**
 * How much of an entry is let out, each level with what those before it take away. `none`: all that is on record, in which
 * secrets never stood. `personal`: personal data that detectors know is masked. `payload`: no arguments, and nothing that
 * people or models wrote. `identity`: pseudonyms instead of principals.
 */
export const REDACTIONS = ["none", "personal", "payload", "identity"] as const;
export type Redaction = (typeof REDACTIONS)[number];

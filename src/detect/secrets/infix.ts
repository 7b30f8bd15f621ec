/** Secrets that are known by what stands in the middle of them, and how they go on to both sides. */
export interface Infix {
  readonly kind: string;
  readonly letters: string;
  /** Ends where the letters begin; sees at most `LEFT` characters. */
  readonly before: RegExp;
  /** Begins where the letters begin. */
  readonly pattern: RegExp;
}

/** Characters before the letters that are looked at. */
export const LEFT = 64;

const ISSUED = ["_live_", "_prod_", "_pat_", "_sk_", "_secret_", "_apikey_", "_token_", "_sandbox_"];

export const INFIXES: readonly Infix[] = [
  {
    kind: "azure-client-secret",
    letters: "Q~",
    before: /(?<=^|[^\w~.-]|\\[nrt])[\w~.-]{3}\d$/,
    pattern: /Q~[\w~.-]{31,34}(?![\w~.-])/y,
  },
  {
    kind: "azure-key",
    letters: "JQQJ99",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z0-9]{52}$/,
    pattern: /JQQJ99[A-Z]{2}A[A-Z]{4,5}[A-Za-z0-9]{20,22}(?![A-Za-z0-9])/y,
  },
  {
    kind: "azure-key",
    letters: "AzCa",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z0-9]{42}$/,
    pattern: /AzCa[A-Za-z0-9]{5}=(?![A-Za-z0-9])/y,
  },
  {
    kind: "telegram",
    letters: ":AA",
    before: /(?<=^|[^\w-]|\\[nrt])\d{8,10}$/,
    pattern: /:AA[\w-]{32,36}(?![A-Za-z0-9])/y,
  },
  {
    kind: "mailchimp",
    letters: "-us",
    before: /(?<=^|[^\w-]|\\[nrt])[a-f0-9]{32}$/,
    pattern: /-us\d{1,2}(?![A-Za-z0-9])/y,
  },
  {
    kind: "maxmind",
    letters: "_mmk",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z0-9]{6}_[A-Za-z0-9]{29}$/,
    pattern: /_mmk(?![A-Za-z0-9])/y,
  },
  {
    kind: "terraform",
    letters: ".atlasv1.",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z0-9]{14}$/,
    pattern: /\.atlasv1\.[\w=-]{58,72}(?![A-Za-z0-9])/y,
  },
  {
    kind: "discord",
    letters: ".",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Z][A-Za-z0-9_-]{22,27}$/,
    pattern: /\.[\w-]{6}\.[\w-]{27,40}(?![A-Za-z0-9_-])/y,
  },
  ...ISSUED.map((letters) => ({
    kind: "issued-key",
    letters,
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z][A-Za-z0-9]{1,14}$/,
    pattern: new RegExp(`${letters}(?=[A-Za-z0-9_]{0,20}\\d)[A-Za-z0-9_-]{20,100}(?![A-Za-z0-9])`, "y"),
  })),
];

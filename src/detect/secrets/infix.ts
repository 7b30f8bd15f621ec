/** Secrets that are known by what stands in the middle of them, and how they go on to both sides. */
export interface Infix {
  readonly kind: string;
  readonly letters: string;
  /** Ends where the letters begin; sees at most `LEFT` characters. */
  readonly before: RegExp;
  /** Where the letters are a sign that stands everywhere: letters, digits, `_` and `-` that stand before it at least. */
  readonly least?: number;
  /** Begins where the letters begin. */
  readonly pattern: RegExp;
  /** Whether what it carries is right; it is less sure where that is not. */
  readonly checks?: (secret: string) => boolean;
}

/** Characters before the letters that are looked at. */
export const LEFT = 88;

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
    pattern: /JQQJ99[A-Z]{2}A[A-Za-z0-9]{22,27}(?![A-Za-z0-9])/y,
  },
  {
    kind: "azure-key",
    letters: "AzCa",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z0-9]{42}$/,
    pattern: /AzCa[A-Za-z0-9]{5}=(?![A-Za-z0-9])/y,
  },
  {
    kind: "azure-devops",
    letters: "AZDO",
    before: /(?<=^|[^\w-]|\\[nrt])[A-Za-z0-9]{76}$/,
    pattern: /AZDO[A-Za-z0-9]{4}(?![A-Za-z0-9])/y,
  },
  {
    kind: "newrelic",
    letters: "NRAL",
    before: /(?<=^|[^\w-]|\\[nrt])(?:eu01xx[a-f0-9]{30}|[a-f0-9]{32}(?:[a-f0-9]{4}|FFFF))$/,
    pattern: /NRAL(?![A-Za-z0-9])/y,
  },
  {
    kind: "rapidapi",
    letters: "jsn",
    before: /(?<=^|[^\w-]|\\[nrt])[a-f0-9]{10}msh[a-f0-9]{12,20}p1[a-f0-9]{4,8}$/,
    pattern: /jsn[a-f0-9]{12}(?![A-Za-z0-9])/y,
  },
  {
    kind: "facebook",
    letters: "|",
    before: /(?<=^|[^\w-]|\\[nrt])\d{15,16}$/,
    least: 15,
    pattern: /\|[\w-]{27}(?![\w-])/y,
  },
  {
    kind: "pgpass",
    letters: ":5432:",
    before: /(?<=^|\s)[\w.*-]{1,60}$/,
    pattern: /:5432:[\w*-]{1,64}:[\w*-]{1,64}:[^\s:]{4,64}(?=\s|$)/y,
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
    least: 23,
    pattern: /\.[\w-]{6}\.[\w-]{27,40}(?![A-Za-z0-9_-])/y,
    // The first part is who the token is for: the number of an account.
    checks: (secret) =>
      /^\d{15,20}$/.test(Buffer.from(secret.split(".")[0] ?? "", "base64").toString("latin1")),
  },
  ...ISSUED.map((letters) => ({
    kind: "issued-key",
    letters,
    before: /(?<=^|[^\w-]|\\[nrt])(?!pk_?(?:live|prod)?$|pub)[A-Za-z][A-Za-z0-9]{1,14}$/,
    pattern: new RegExp(`${letters}(?=[A-Za-z0-9_]{0,20}\\d)[A-Za-z0-9_-]{20,100}(?![A-Za-z0-9])`, "y"),
  })),
];

/** Markup that is safe to send: everything that was put into it was escaped. */
export interface Html {
  readonly markup: string;
}

const NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

type Value = string | number | Html | readonly Html[] | undefined;

function written(value: Value): string {
  if (value === undefined) return "";
  if (typeof value === "object")
    return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
  return String(value).replaceAll(/[&<>"']/g, (one) => NAMES[one] ?? "");
}

/** A template whose values are escaped, for text and for attributes in quotes; what is markup already stays. */
export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { markup: texts.map((text, at) => `${text}${written(values[at])}`).join("") };
}

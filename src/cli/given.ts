type Options = Readonly<Record<string, unknown>>;

/** Options as they were given, so that a command that is named as the next one reads the same records and servers. */
export function given(options: Options, ...names: readonly string[]): string {
  const words = names.flatMap((name) => {
    const value = options[name];
    return typeof value === "string" ? [` --${name} ${word(value)}`] : [];
  });
  return words.join("");
}

/** One word for a shell. Names of tools come from servers and clients: nothing in them may run. */
export function word(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

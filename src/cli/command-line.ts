/** An option as commander writes it, and how its text becomes a value. */
export interface Option {
  readonly flags: string;
  readonly about: string;
  readonly read?: "port" | "count" | "duration" | "instant" | "object";
  readonly many?: true;
  readonly choices?: readonly string[];
  readonly required?: true;
}

/** `args` are the words after the command, `options` by their camel-cased names. Gives the exit code. */
type Run = (args: readonly string[], options: Readonly<Record<string, unknown>>) => Promise<number>;

export interface CommandLine {
  /** `policy check` is the command `check` of the group `policy`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Words it takes: `<call-id>`, `[dir]`, `<command...>`. */
  readonly words?: string;
  readonly about: string;
  readonly options?: readonly Option[];
  /** A command, and what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  readonly load: () => Promise<Run>;
}

/** Options that mean the same wherever they are. */
export const CONFIG: Option = {
  flags: "--config <file>",
  about: "the configuration; ./portcullis.yaml if absent",
};
export const JSON_LINES: Option = { flags: "--json", about: "one JSON object a line" };

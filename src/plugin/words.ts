import type { Role, Severity } from "../detect/detector.ts";

type Each<T extends string> = Readonly<Record<T, true>>;
const listed = <T extends string>(all: Each<T>): readonly T[] => Object.keys(all) as T[];

/** The words of findings as values, held to the types that they are words of. */
export const ROLES = listed<Role>({
  argument: true,
  result: true,
  definition: true,
  resource: true,
  prompt: true,
  elicitation: true,
  text: true,
});
export const SEVERITIES = listed<Severity>({ low: true, medium: true, high: true, critical: true });

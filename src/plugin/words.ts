import type { FindingClass, Role, Severity } from "../detect/detector.ts";

type Each<T extends string> = Readonly<Record<T, true>>;
const listed = <T extends string>(all: Each<T>): readonly T[] => Object.keys(all) as T[];

/** The words of findings as values, held to the types that they are words of. */
export const CLASSES = listed<FindingClass>({
  prompt_injection: true,
  tool_poisoning: true,
  secret: true,
  pii: true,
  command_injection: true,
  sql_injection: true,
  path_traversal: true,
  ssrf: true,
  exfiltration: true,
  malformed: true,
});
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

import { readFileSync, statSync } from "node:fs";
import type { JsonPath } from "../call/json.ts";
import type { Findings, Origin } from "./origin.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_FILE_BYTES = 64 * 1024;
/** `${NAME}`, `${env:NAME}` and `${NAME:-default}` as clients write them; `$${` is a plain `${`. */
const REFERENCE = /\$\$\{|\$\{(?:env:)?([^}:]*)(?::-([^}]*))?\}|\$\{([^}]*)\}/g;

/** A secret from a file, as container platforms mount them; the newline that editors add is not part of it. Throws the system's error. */
export function readSecretFile(path: string): string {
  if (statSync(path).size > SECRET_FILE_BYTES) throw new Error(`larger than ${SECRET_FILE_BYTES} bytes`);
  return readFileSync(path, "utf8").replace(/\r?\n$/, "");
}

/** The variable, or the contents of the file that `NAME_FILE` names. Undefined where neither is set. Throws the system's error. */
export function lookUp(name: string, env: Environment): string | undefined {
  const direct = env[name];
  if (direct !== undefined) return direct;
  const file = env[`${name}_FILE`];
  return file === undefined ? undefined : readSecretFile(file);
}

/**
 * Puts values of the environment where a text refers to them, and tells `referred` which. What is missing is a problem
 * at `path`, and names no value.
 */
export function expand(
  text: string,
  path: JsonPath,
  env: Environment,
  origin: Origin,
  findings: Findings,
  referred?: (name: string, value: string) => void,
): string {
  return text.replaceAll(REFERENCE, (whole, name?: string, fallback?: string, odd?: string) => {
    if (whole === "$${") return "${";
    if (odd !== undefined || name === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      findings.problems.push(
        origin.problem(
          path,
          `${whole} is not a variable of the environment`,
          "write ${NAME}; for a plain `${`, write `$${`",
        ),
      );
      return "";
    }
    try {
      const value = lookUp(name, env);
      if (value !== undefined && (value !== "" || fallback === undefined)) {
        referred?.(name, value);
        return value;
      }
    } catch (error) {
      findings.problems.push(
        origin.problem(path, `${name}_FILE cannot be read: ${(error as Error).message}`),
      );
      return "";
    }
    if (fallback !== undefined) return fallback;
    findings.problems.push(
      origin.problem(
        path,
        `the environment has no ${name}`,
        `set ${name}, or ${name}_FILE to a file that holds it`,
      ),
    );
    return "";
  });
}

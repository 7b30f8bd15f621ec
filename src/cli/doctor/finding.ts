/** One thing that was looked at. A warning or a failure says what to do about it, as a command where there is one. */
export type Finding =
  | { readonly level: "ok"; readonly check: Check; readonly message: string }
  | {
      readonly level: "warn" | "fail";
      readonly check: Check;
      readonly message: string;
      readonly fix: string;
      /** What belongs to it, line by line: a server's last words. */
      readonly more?: readonly string[];
    };

export type Check =
  | "node"
  | "configuration"
  | "policy"
  | "secrets"
  | "voter"
  | "notices"
  | "store"
  | "clock"
  | "records"
  | "tenants"
  | "keys"
  | "log"
  | "limits"
  | "listen"
  | "server"
  | "names"
  | "client";

/** Findings of one kind that are too many to read are cut there, and counted. */
const MOST = 20;

export function bounded(findings: readonly Finding[], check: Check): readonly Finding[] {
  if (findings.length <= MOST) return findings;
  const left = findings.length - MOST;
  return [
    ...findings.slice(0, MOST),
    { level: "warn", check, message: `${left} more of this kind`, fix: "mend these first" },
  ];
}

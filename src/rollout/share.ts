import { hash } from "node:crypto";
import type { Principal } from "../call/principal.ts";

/**
 * Where a principal, or its tenant, stands among ten thousand. The same in every process and for as long as the version is
 * the same; another version begins with others.
 */
export function standing({ tenant, id }: Principal, by: "tenant" | "principal", version: string): number {
  const who = JSON.stringify(by === "tenant" ? [tenant] : [tenant, id]);
  return Number.parseInt(hash("sha256", `${version}\n${who}`, "hex").slice(0, 8), 16) % 10_000;
}

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import {
  SCHEMA_FOLDER,
  STARTER_GITIGNORE,
  STARTER_SERVERS,
  starterConfig,
  starterPolicy,
} from "../config/starter.ts";
import { importServers } from "./clients/import.ts";
import { Failure } from "./failure.ts";
import { say, tell } from "./say.ts";

/**
 * A schema, as a file in `folder` of the project names it: that of the package where it lies in the project, else a copy
 * beside the records. A path that begins in the project stays right when the project moves.
 */
function schemaFor(name: string, folder: string): string {
  const ours = fileURLToPath(new URL(`../../schema/${name}`, import.meta.url));
  if (ours.startsWith(`${process.cwd()}${sep}`)) return inProject(folder, ours);
  mkdirSync(".portcullis", { recursive: true, mode: 0o700 });
  mkdirSync(SCHEMA_FOLDER, { recursive: true });
  const copy = join(SCHEMA_FOLDER, name);
  writeFileSync(copy, readFileSync(ours));
  return inProject(folder, resolve(copy));
}

/** As URLs are written, which editors take this for. */
function inProject(folder: string, path: string): string {
  const short = relative(folder, path).replaceAll(sep, "/");
  return short.startsWith("../") ? short : `./${short}`;
}

/** Writes what is not there yet. */
function write(path: string, text: string, about: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw new Failure(3, `${path} cannot be written: ${(error as Error).message}`);
    say("warn", `${path} is there already, and stays as it is`);
    return false;
  }
  say("ok", `${path.padEnd(18)} ${about}`);
  return true;
}

function writeGitignore(): void {
  if (!existsSync(".gitignore")) {
    write(".gitignore", STARTER_GITIGNORE, "keeps the records out of git");
  } else if (!/^\/?\.portcullis(?:\/\*?)?\s*$/m.test(readFileSync(".gitignore", "utf8"))) {
    say("warn", `.gitignore is there already: add the lines .portcullis/* and !${SCHEMA_FOLDER}/ to it`);
  }
}

function serversToWrite(importing: boolean): string {
  if (!importing) return STARTER_SERVERS;
  const { servers, found, secrets, notes } = importServers();
  for (const line of found) say("ok", line);
  for (const note of notes) say("warn", note);
  for (const secret of secrets) say("warn", `a secret was not copied: set ${secret}`);
  if (Object.keys(servers).length > 0) return stringify(servers, { lineWidth: 0 });
  say("warn", "no client on this machine has a list of servers: one to start with is written instead");
  return STARTER_SERVERS;
}

/** `portcullis init`: a configuration and a policy to start from, in the current folder. Never changes a file that exists. */
export async function init(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const preset = (options["preset"] as string | undefined) ?? "development";
  if (preset === "gdpr_focused")
    throw new Failure(
      2,
      `the preset ${preset} promises consent and retention, which come in a later version`,
      "portcullis init --preset production",
    );
  if (existsSync("portcullis.yaml")) say("warn", "portcullis.yaml is there already, and stays as it is");
  else {
    const servers = serversToWrite(options["import"] === true);
    write(
      "portcullis.yaml",
      starterConfig(schemaFor("portcullis.schema.json", process.cwd()), servers, preset),
      "servers, listeners, records",
    );
  }
  mkdirSync("policy", { recursive: true });
  write(
    "policy/main.yaml",
    starterPolicy(schemaFor("policy.schema.json", "policy")),
    "what agents may do, with tests",
  );
  mkdirSync("workspace", { recursive: true });
  writeGitignore();
  if (preset === "high_security") tell("First put the certificate of the gate and its key where `tls:` says");
  const first = preset === "development" ? "" : "portcullis keys bootstrap, ";
  tell(`Next  portcullis policy test, ${first}then portcullis start`);
  return Promise.resolve(0);
}

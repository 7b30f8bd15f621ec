import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Client, type ClientId, CLIENTS, clientOf } from "../../src/clients/client.ts";
import { type FoundFile, readAs } from "../../src/clients/find.ts";
import { launcher } from "../../src/clients/launcher.ts";

const FOLDER = fileURLToPath(new URL("fixtures", import.meta.url));

export type System = "linux" | "darwin" | "win32";

/** A client's file as its users have it, on a system, written in one way of those that were ever usual. */
export interface Fixture {
  readonly name: string;
  readonly folder: string;
  readonly client: Client;
  readonly system: System;
  readonly bytes: Buffer;
  readonly extension: "json" | "toml";
}

/** What each system starts the program with: installed by a package manager, from an archive, from npm's registry. */
const LAUNCHERS = {
  linux: launcher({
    platform: "linux",
    node: "/usr/bin/node",
    script: "/opt/portcullis/bin/portcullis.js",
    version: "1.2.3",
    hidden_lock: undefined,
  }),
  darwin: launcher({
    platform: "darwin",
    node: "/opt/homebrew/bin/node",
    script: "/Users/ana/portcullis/bin/portcullis.js",
    version: "1.2.3",
    hidden_lock: undefined,
  }),
  win32: launcher({
    platform: "win32",
    node: "C:\\Program Files\\nodejs\\node.exe",
    script: "C:\\Users\\ana\\node_modules\\portcullis\\bin\\portcullis.js",
    version: "1.2.3",
    hidden_lock: JSON.stringify({
      packages: {
        "node_modules/portcullis": {
          resolved: "https://registry.example/portcullis/-/portcullis-1.2.3.tgz",
        },
      },
    }),
  }),
} as const satisfies Record<System, readonly string[]>;

export function wrapperOn(platform: System): {
  platform: System;
  launcher: readonly string[];
  config: undefined;
} {
  return { platform, launcher: LAUNCHERS[platform], config: undefined };
}

function systemOf(name: string): System {
  if (name.includes("-windows")) return "win32";
  return name.includes("-macos") ? "darwin" : "linux";
}

export const FIXTURES: readonly Fixture[] = readdirSync(FOLDER).map((name) => {
  const id = CLIENTS.map((client) => client.id).find((known) => name.startsWith(`${known}-`)) as ClientId;
  const client = clientOf(id);
  const extension = client.syntax === "toml" ? "toml" : "json";
  const folder = `${FOLDER}/${name}`;
  const bytes = readFileSync(`${folder}/before.${extension}`);
  return { name, folder, client, system: systemOf(name), bytes, extension };
});

/** Bytes as the file of a client. */
export function fileOf(
  client: Client,
  bytes: Buffer | string,
  scope: "user" | "project" = "user",
): FoundFile {
  const whole = bytes.toString("utf8");
  const mark = whole.startsWith("\uFEFF") ? "\uFEFF" : "";
  const text = whole.slice(mark.length);
  const read = readAs(client, text);
  if (read.kind === "unreadable")
    throw new Error(`${read.problem.line}:${read.problem.column} ${read.problem.message}\n${text}`);
  return {
    client,
    place: { client: client.id, scope, file: "/home/ana/file" },
    bytes: Buffer.from(whole),
    mark,
    text,
    root: read.root,
  };
}

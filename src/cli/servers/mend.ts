import { existsSync } from "node:fs";
import { type Fault, type FaultCode } from "../../call/fault.ts";
import { type Server } from "../../config/config.ts";
import type { Survey } from "./survey.ts";

/** Why a server cannot be used, in a line; what it said last, line by line; what to do about it. */
export interface Trouble {
  readonly what: string;
  readonly words: readonly string[];
  readonly fix: string;
}

const WORDS_MOST = 5;

/** An address as it may be shown: what stands after `?` may be a secret. */
function shownAddress(server: Server): string {
  if (server.transport === "stdio") return server.command;
  return URL.canParse(server.url) ? (server.url.split("?", 1)[0] ?? "") : "its url";
}

/** `upstream-gone: exited with code 1; its last words:\n…` in a line and its lines. */
function parts(fault: Fault, last_error: string | undefined): { what: string; words: readonly string[] } {
  const told = [fault.detail ?? "", last_error ?? ""].toSorted((a, b) => b.length - a.length)[0] ?? "";
  const [said = "", last = ""] = told.split("; its last words:\n", 2);
  const plain = said.replace(/^upstream-[a-z]+: /, "").trim();
  const words = last.split("\n").filter((line) => line.trim() !== "");
  return { what: plain === "" ? fault.message : plain, words: words.slice(0, WORDS_MOST) };
}

function fixOf(server: Server, code: FaultCode, what: string): string {
  const at = `mcpServers.${server.name}`;
  if (server.transport === "stdio") {
    if (/ENOENT/.test(what) && !existsSync(server.cwd))
      return `make the folder ${server.cwd}, or correct ${at}.cwd`;
    if (/ENOENT/.test(what)) return `install ${server.command}, or write its whole path under ${at}.command`;
    if (/EACCES/.test(what))
      return `chmod +x ${server.command}, or write another program under ${at}.command`;
    if (code === "upstream-timeout") return `run its command by hand: it must answer on standard output`;
    if (code === "upstream-refused")
      return `ask whoever makes ${server.name}: it declares what it then refuses`;
    return `run its command by hand in ${server.cwd}; it is given PATH, HOME and what stands under ${at}.env, and nothing else`;
  }
  if (server.auth !== undefined && code === "upstream-refused") return `mend ${at}.auth`;
  if (/HTTP 40[13]/.test(what)) return `write its credential under ${at}.headers, as \${NAME}`;
  if (/HTTP 40[45]|content-type/.test(what)) return `correct ${at}.url: nothing speaks MCP there`;
  if (/ENOTFOUND|EAI_AGAIN/.test(what)) return `correct the host name in ${at}.url`;
  if (/CERT|certificate|self.signed/i.test(what))
    return `NODE_EXTRA_CA_CERTS=ca.pem portcullis start, where the certificate is your own authority's`;
  if (/ECONNREFUSED/.test(what)) return `start it, or correct ${at}.url`;
  return `curl -sS -o /dev/null -w '%{http_code}\\n' ${shownAddress(server)}`;
}

/** What is wrong with a server that did not answer, as it failed and as its upstream last heard. */
export function troubleOf(server: Server, fault: Fault, last_error: string | undefined): Trouble {
  const { what, words } = parts(fault, last_error);
  return { what, words, fix: fixOf(server, fault.code, what) };
}

/** The same of a survey; undefined for a server that answered. */
export function troubleIn({ server, status, outcome }: Survey): Trouble | undefined {
  return outcome instanceof Error ? troubleOf(server, outcome, status.last_error) : undefined;
}

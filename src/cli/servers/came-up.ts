import { once } from "node:events";
import { connect } from "node:net";
import { Fault } from "../../call/fault.ts";
import type { Server, StdioServer } from "../../config/config.ts";
import { version } from "../../config/version.ts";
import { printable } from "../../document/render.ts";
import type { Upstream } from "../../upstream/leg.ts";
import { startWrapped } from "../../upstream/wrapped.ts";
import { frameOf } from "../../wire/frame.ts";
import { LEGACY_REVISIONS } from "../../wire/revision.ts";
import { say, tell } from "../say.ts";
import { type Trouble, troubleOf } from "./mend.ts";
import { SILENT } from "./survey.ts";

/** A launcher may have to fetch a package first. */
const MOST_MS = 30_000;

const HELLO = frameOf({
  kind: "request",
  id: "portcullis:hello",
  method: "initialize",
  params: {
    protocolVersion: LEGACY_REVISIONS.at(-1) ?? "",
    capabilities: {},
    clientInfo: { name: "portcullis", version: version() },
  },
});

/** Whatever a process answers shows that it is there, a refusal too. */
async function greet(upstream: Upstream, signal: AbortSignal): Promise<void> {
  const leg = await upstream.connect("portcullis", "legacy");
  await leg.ask(HELLO, {}, () => undefined, signal);
}

/** One process of the server, started for this and ended after it. */
async function program(server: StdioServer): Promise<Upstream> {
  return await startWrapped(server, SILENT, { started() {}, stderr() {}, ended() {} });
}

/** Whether somebody listens at an address; nothing is asked there. */
async function reach(url: string, signal: AbortSignal): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port) || (/^(?:https|wss):$/.test(protocol) ? 443 : 80),
    signal,
  });
  try {
    await once(socket, "connect", { signal });
  } catch (error) {
    // Where a name has several addresses, the errors of all of them come as one without words.
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Fault("upstream-unreachable", message, {
      detail: message === "" ? (code ?? "unreachable") : message,
    });
  } finally {
    socket.destroy();
  }
}

/** Why a server does not answer; undefined where it does, or where `over` fired before that was known. */
async function obstacle(server: Server, over: AbortSignal): Promise<Trouble | undefined> {
  let upstream: Upstream | undefined;
  const late = AbortSignal.timeout(MOST_MS);
  const signal = AbortSignal.any([late, over]);
  try {
    if (server.transport === "stdio") {
      // It is started with a secret of whoever calls.
      if (server.auth !== undefined) return undefined;
      upstream = await program(server);
      await greet(upstream, signal);
    } else await reach(server.url, signal);
    return undefined;
  } catch (error) {
    if (over.aborted) return undefined;
    const silent = new Fault("upstream-timeout", "silent", {
      detail: `did not answer within ${MOST_MS / 1000} s`,
    });
    const fault = error instanceof Fault ? error : new Fault("internal", String(error), { cause: error });
    return troubleOf(server, late.aborted ? silent : fault, upstream?.status().last_error);
  } finally {
    await upstream?.close();
  }
}

/**
 * Says which servers do not come up, as soon as that is known: one line each, what it said last, and how to mend it. The
 * gate serves the others meanwhile. Resolves when all are known, or `over` fired; never rejects.
 */
export async function sayMissing(servers: readonly Server[], over: AbortSignal): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      const trouble = await obstacle(server, over);
      if (trouble === undefined) return;
      const others = servers.length === 1 ? "" : "; the others are served";
      say("fail", printable(`server ${server.name} did not come up: ${trouble.what}${others}`));
      for (const line of trouble.words) tell(`       ${printable(line)}`);
      tell(`     fix: ${printable(trouble.fix)}`);
    }),
  );
}

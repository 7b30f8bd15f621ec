import { Fault } from "../../call/fault.ts";
import { frameOf } from "../../wire/frame.ts";
import { LEGACY_REVISIONS } from "../../wire/revision.ts";
import type { Leg } from "../leg.ts";
import type { Crossing } from "./crossing.ts";

/** A modern client before a server that only knows sessions (`protocol.md` 1.10, table B). */
export function modernClient({ server }: Crossing): Leg {
  const unsupported = (): never => {
    throw new Fault(
      "unsupported-version",
      "This server speaks an older revision of MCP: begin with `initialize`.",
      { data: { supported: LEGACY_REVISIONS, requested: "2026-07-28" } },
    );
  };
  return {
    server,
    era: "modern",
    alive: true,
    ask({ message }) {
      if (message.kind !== "request" || message.method !== "server/discover") return unsupported();
      const error = {
        kind: "error",
        id: message.id,
        code: -32601,
        message: "Method not found: server/discover. Begin with `initialize`.",
      } as const;
      return Promise.resolve({ kind: "answer", frame: frameOf(error), status: 404, streamed: false });
    },
    tell: unsupported,
    listen: () => Promise.resolve("unsupported"),
    close: () => Promise.resolve(),
  };
}

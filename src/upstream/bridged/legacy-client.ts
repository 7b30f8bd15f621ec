import { over } from "../failure.ts";
import type { Leg } from "../leg.ts";
import type { Crossing } from "./crossing.ts";

/** A legacy client before a server that knows no sessions (`protocol.md` 1.10, table A). */
export function legacyClient({ server }: Crossing): Leg {
  return {
    server,
    era: "legacy",
    alive: true,
    ask: () => Promise.reject(over(server, "it speaks the modern era only")),
    tell: () => Promise.reject(over(server, "it speaks the modern era only")),
    listen: () => Promise.resolve("unsupported"),
    close: () => Promise.resolve(),
  };
}

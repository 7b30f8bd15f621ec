import type { Server } from "node:http";

/** How long a client may take nothing of what waits for it. */
const UNREAD_MS = 60_000;

/**
 * Cuts off clients that neither read nor leave: where something waits for one and it has taken no byte of it for so
 * long. A stream on which nothing is said may last as long as both like.
 */
export function cutUnread(server: Server, unread_ms: number = UNREAD_MS): void {
  // Since the last byte either way; idle connections between requests have a time of their own.
  server.timeout = unread_ms;
  server.on("request", ({ socket }, response) => {
    response.on("timeout", () => {
      if (socket.writableLength > 0) socket.destroy();
    });
  });
}

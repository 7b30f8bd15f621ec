import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** How often an idle socket is asked for a sign of life. */
const PING_MS = 15_000;

/**
 * Ends a socket whose other side is gone without a word: from one ping to the next some byte must have come. What we
 * hold back ourselves is not silence. Gives how to stop.
 */
export function keepAlive(socket: WebSocket, wire: Socket, timeout_ms: number): () => void {
  let heard = -1;
  const look = (): void => {
    if (socket.isPaused) {
      heard = -1;
      return;
    }
    if (wire.bytesRead === heard) {
      socket.terminate();
      return;
    }
    heard = wire.bytesRead;
    socket.ping();
  };
  const looking = setInterval(look, Math.min(PING_MS, timeout_ms)).unref();
  return () => clearInterval(looking);
}

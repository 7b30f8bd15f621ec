import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** How often a socket is asked for a sign of life. */
const PING_MS = 15_000;
/** One could be late because this process was. */
const UNANSWERED_MOST = 2;

/**
 * Ends a socket whose other side is gone without a word: so many pings in a row, and not a byte came. What we hold back
 * ourselves is not silence. Gives how to stop.
 */
export function keepAlive(socket: WebSocket, wire: Socket, timeout_ms: number): () => void {
  let heard = wire.bytesRead;
  let unanswered = 0;
  const look = (): void => {
    if (socket.isPaused || wire.bytesRead !== heard) unanswered = 0;
    heard = wire.bytesRead;
    if (unanswered >= UNANSWERED_MOST) return socket.terminate();
    unanswered += 1;
    return socket.ping();
  };
  const looking = setInterval(look, Math.min(PING_MS, timeout_ms)).unref();
  return () => clearInterval(looking);
}

import type { Log } from "../../../telemetry/log.ts";
import type { Frame } from "../../../wire/frame.ts";
import { audience } from "../../audience.ts";
import { cancelled } from "../../failure.ts";
import type { Listener } from "../../leg.ts";
import { waitingRoom } from "../../waiting.ts";

/** Where a legacy client hears what belongs to no request. What comes while it has no stream open waits for one. */
export interface Outlet {
  /** To one stream, the newest: no message may come on two (2025-11-25, transports). A promise holds the server back. */
  deliver(frame: Frame): void | Promise<void>;
  /** Until the client leaves (rejects) or the stream is ended. */
  listen(listener: Listener, signal: AbortSignal): Promise<"ended">;
  /** Ends all streams. */
  end(): void;
}

export function outlet(server: string, log: Log): Outlet {
  const streams = audience(server);
  const waiting = waitingRoom();
  return {
    deliver(frame) {
      const { newest } = streams;
      if (newest !== undefined) return newest({ frame });
      const dropped = waiting.put(frame);
      if (dropped > 0) log.warn({ server, dropped }, "changes that nobody listened for, dropped");
      return undefined;
    },
    listen(listener, signal) {
      if (signal.aborted) return Promise.reject(cancelled(server));
      const ended = streams.join(listener, signal, () => undefined);
      void listener({});
      for (const frame of waiting.takeAll()) void listener({ frame });
      return ended;
    },
    end: () => streams.end(),
  };
}

import type { Frame } from "../wire/frame.ts";

const FRAMES_MOST = 256;
const BYTES_MOST = 4 * 1024 * 1024;

/** Frames that nobody listens for yet, oldest first; the oldest goes where the bound is reached. */
export interface Waiting {
  /** Gives how many were thrown away to make room. */
  put(frame: Frame): number;
  takeAll(): readonly Frame[];
}

export function waitingRoom(): Waiting {
  let frames: Frame[] = [];
  let bytes = 0;
  return {
    put(frame) {
      frames.push(frame);
      bytes += frame.bytes.length;
      let dropped = 0;
      while (frames.length > FRAMES_MOST || bytes > BYTES_MOST) {
        bytes -= frames.shift()?.bytes.length ?? bytes;
        dropped += 1;
      }
      return dropped;
    },
    takeAll() {
      const all = frames;
      frames = [];
      bytes = 0;
      return all;
    },
  };
}

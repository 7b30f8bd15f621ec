import { brokenBy } from "./beat.ts";
import type { Reader, Reading } from "./exchange.ts";

/** Reads the reply to what needs no answer: done as soon as the server gave a status. */
export class Errand implements Reader {
  readonly #server: string;
  readonly #done: (status: number) => void;
  readonly #failed: (error: Error) => void;

  constructor(server: string, done: (status: number) => void, failed: (error: Error) => void) {
    this.#server = server;
    this.#done = done;
    this.#failed = failed;
  }

  head(status: number): Reading {
    this.#done(status);
    return "nothing";
  }

  heard(): void {}

  event(): void {}

  end(): void {}

  fail(error: Error, sent: boolean): void {
    this.#failed(brokenBy(this.#server, error, sent));
  }
}

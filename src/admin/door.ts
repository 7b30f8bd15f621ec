import type { IncomingMessage, ServerResponse } from "node:http";
import { governanceApp } from "./app.ts";
import type { Arrival, GovernanceParts } from "./parts.ts";

/** Answers one request of the API; resolves when it is answered or its sender is gone. */
export type GovernanceDoor = (
  request: IncomingMessage,
  response: ServerResponse,
  arrival: Arrival,
) => Promise<void>;

/** The API on somebody else's listeners. */
export async function governanceDoor(parts: GovernanceParts): Promise<GovernanceDoor> {
  const arrivals = new WeakMap<IncomingMessage, Arrival>();
  const app = await governanceApp(parts, arrivals);
  return (request, response, arrival) => {
    arrivals.set(request, arrival);
    return new Promise((resolve) => {
      response.once("close", resolve);
      app.routing(request, response);
    });
  };
}

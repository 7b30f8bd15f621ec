import type { IncomingMessage } from "node:http";
import type { Arrival, Beside } from "../ingress/beside.ts";
import { governanceApp } from "./app.ts";
import type { GovernanceParts } from "./parts.ts";

/** The API on somebody else's listeners. A request is done when it is answered, or when its sender is gone. */
export async function governanceDoor(parts: GovernanceParts): Promise<Beside> {
  const arrivals = new WeakMap<IncomingMessage, Arrival>();
  const app = await governanceApp(parts, arrivals);
  return (request, response, arrival) => {
    arrivals.set(request, arrival);
    return new Promise((resolve) => {
      if (response.closed) return resolve();
      response.once("close", resolve);
      app.routing(request, response);
    });
  };
}

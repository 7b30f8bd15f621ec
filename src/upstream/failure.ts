import { Fault } from "../call/fault.ts";
import type { Bounds } from "../wire/frame.ts";

/** What one message of a server may measure. Larger than what clients may send: results carry files and images. */
export const ANSWER_BOUNDS: Bounds = { bytes: 10 * 1024 * 1024, depth: 64 };

/** A server's `detail` where it no longer knows the session: begin a new one, the call did not run. */
export const SESSION_EXPIRED = "session-expired";

const NOT_RUN = "The call did not run.";
const MAY_HAVE_RUN = "Whether the call ran is not known: check before you repeat it.";

/** Nothing was sent. `detail` is for the operator: which address, which error. */
export function unreachable(server: string, detail: string, cause?: unknown): Fault {
  return new Fault("upstream-unreachable", `The server ${server} cannot be reached. ${NOT_RUN}`, {
    detail,
    cause,
  });
}

/** The connection or the process ended after the request was sent. */
export function gone(server: string, detail: string, cause?: unknown): Fault {
  return new Fault("upstream-gone", `The server ${server} went away before it answered. ${MAY_HAVE_RUN}`, {
    detail,
    cause,
  });
}

/** The leg was over before the request was sent. */
export function over(server: string, detail: string): Fault {
  return new Fault("upstream-over", `The conversation with the server ${server} is over. ${NOT_RUN}`, {
    detail,
  });
}

/** HTTP 404 on a session (2025-11-25 transports, session management): the client's session there must begin anew. */
export function expired(server: string): Fault {
  return new Fault("upstream-over", `The server ${server} has ended this session. ${NOT_RUN}`, {
    detail: SESSION_EXPIRED,
  });
}

/**
 * The server answered the HTTP request with a no. Its body and its challenge stay here. One that broke down may have
 * done its work before; 503 says that it did not begin.
 */
export function refused(server: string, status: number): Fault {
  if (status >= 500 && status !== 503) {
    return new Fault("upstream-failed", `The server ${server} failed (HTTP ${status}). ${MAY_HAVE_RUN}`, {
      detail: `HTTP ${status}`,
    });
  }
  return new Fault(
    "upstream-refused",
    `The server ${server} refused the request (HTTP ${status}). ${REFUSED[status] ?? ""}`.trimEnd(),
    {
      detail: `HTTP ${status}`,
    },
  );
}
/** The gate has nothing to show the server: nothing was sent. `why` is for the caller, `detail` for the operator; neither holds a secret. */
export function uncredentialed(server: string, why: string, detail: string, cause?: unknown): Fault {
  return new Fault("upstream-refused", `The server ${server} is not asked: ${why} ${NOT_RUN}`, {
    detail,
    cause,
  });
}

/** Whether a server took the gate's credential for nothing. */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof Fault && error.code === "upstream-refused" && error.detail === "HTTP 401";
}

const REFUSED: Readonly<Record<number, string>> = {
  401: "The gate's own credential for it is missing or wrong: its operator can mend that.",
  403: "The gate's own credential for it does not suffice: its operator can mend that.",
  429: "It takes no more requests for now: try again later.",
};

/** What came back is no answer: another content type, no JSON, no UTF-8, too large. */
export function garbled(server: string, detail: string, cause?: unknown): Fault {
  return new Fault(
    "upstream-garbled",
    `The server ${server} sent something that is no answer. ${MAY_HAVE_RUN}`,
    {
      detail,
      cause,
    },
  );
}

export function silent(server: string, timeout_ms: number): Fault {
  const message = `The server ${server} was silent for ${timeout_ms / 1000} s and was told to stop. ${MAY_HAVE_RUN}`;
  return new Fault("upstream-timeout", message, { detail: `no sign of life for ${timeout_ms} ms` });
}

/** The client was slower than the server, and others wait for the same server. */
export function outpaced(server: string): Fault {
  const message = `The server ${server} said more than this client took, and was told to stop. ${MAY_HAVE_RUN}`;
  return new Fault("upstream-failed", message, { detail: "its client is too slow for what it says" });
}

/** The gate gave up on what the server was still doing. `why` completes "The server … ". */
export function stopped(server: string, why: string): Fault {
  const message = `The server ${server} ${why}, and was told to stop. ${MAY_HAVE_RUN}`;
  return new Fault("upstream-failed", message, { detail: why });
}

export function cancelled(server: string): Fault {
  return new Fault("cancelled", `The request to the server ${server} was cancelled. ${MAY_HAVE_RUN}`);
}

export function busy(server: string, detail: string): Fault {
  return new Fault(
    "upstream-busy",
    `The server ${server} has as many conversations as it may. ${NOT_RUN} Try again later.`,
    {
      detail,
    },
  );
}

export function resting(server: string, detail: string): Fault {
  const message = `The server ${server} failed several times in a row and is left alone for a moment. ${NOT_RUN} Try again later.`;
  return new Fault("upstream-resting", message, { detail });
}

/** A Fault's words for the operator. */
export function wordsOf(error: unknown): string {
  if (error instanceof Fault)
    return error.detail === undefined ? error.code : `${error.code}: ${error.detail}`;
  return error instanceof Error ? error.message : String(error);
}

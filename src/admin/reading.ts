import type { FastifyInstance } from "fastify";
import { safeParse } from "zod/v4/core";
import type { $ZodType } from "zod/v4/core";
import type { JsonPath } from "../call/json.ts";
import { remarksOf } from "../document/issues.ts";
import type { Bounds } from "../wire/frame.ts";
import { decodeValue } from "../wire/frame.ts";
import { pointerOf } from "./obligation.ts";
import { type ProblemError, Refused } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The body as it came; empty where there was none. */
    bytes: Buffer;
    /** Paths into the body of numbers that a double does not keep. */
    inexact: readonly JsonPath[];
  }
}

const EMPTY = Buffer.alloc(0);
const EXACT: readonly JsonPath[] = Object.freeze([]);
/** A member that is not there is named in the message; a pointer to where it should stand says it to a program. */
const MISSING = /^`(.+)` is missing$/;
/** So many things are told at once. */
const ERRORS = 20;

/** What a schema finds wrong with a value, in the words of the configuration's errors. */
export function shapeErrors(schema: $ZodType, value: unknown): readonly ProblemError[] {
  const result = safeParse(schema, value);
  if (result.success) return [];
  return result.error.issues
    .flatMap((issue) => remarksOf(issue, schema, value))
    .slice(0, ERRORS)
    .map(({ path, message, hint }) => {
      const [, missing] = MISSING.exec(message) ?? [];
      const pointer = pointerOf(missing === undefined ? path : [...path, missing]);
      return { pointer, message, ...(hint !== undefined && { hint }) };
    });
}

/** The refusal that says what is wrong with a value. */
export function misshapen(errors: readonly ProblemError[], part = "body"): Refused {
  const [first] = errors;
  const at = first === undefined || first.pointer === "" ? "" : ` at ${first.pointer}`;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new Refused(
    "invalid-request",
    `In the ${part}${at}: ${first?.message ?? "it is not as it should be"}${more}.`,
    {
      errors,
    },
  );
}

/** Bodies are JSON, read as strictly as MCP messages are; what does not fit a route's schema is a problem with pointers. */
export function readBodies(app: FastifyInstance, bounds: Bounds): void {
  app.decorateRequest("bytes");
  app.decorateRequest("inexact");
  app.addHook("onRequest", (request, _, done) => {
    request.bytes = EMPTY;
    request.inexact = EXACT;
    done();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    // Clients name the type of a body that is not there, where none is wanted.
    if (body.length === 0 && request.routeOptions.schema?.body === undefined) return done(null, undefined);
    try {
      const { value, inexact } = decodeValue(body, bounds);
      request.bytes = body;
      request.inexact = inexact;
      done(null, value);
    } catch (error) {
      done(error as Error);
    }
  });
  app.setValidatorCompiler<$ZodType>(({ schema, httpPart }) => (data: unknown) => {
    const result = safeParse(schema, data);
    if (result.success) return { value: result.data };
    return { error: misshapen(shapeErrors(schema, data), httpPart) };
  });
}

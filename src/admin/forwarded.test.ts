import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_BOUNDS } from "../wire/frame.ts";
import { forwardedCall } from "./forwarded.ts";

const segment = fc.oneof(
  fc.constantFrom("..", ".", "", "%2e%2e", "%2F", "a", "public", "%41", "b;c", "\\", "%00", "%252e%252e"),
  fc.stringMatching(/^[A-Za-z0-9._~%-]{1,8}$/),
);

test("what is judged as one path is served as that path", () => {
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const uri = `/${segments.join("/")}`;
      const forwarded = { method: "GET", url: `/files${uri}`, headers: {}, body: Buffer.alloc(0) };
      let target: unknown;
      try {
        ({ target } = forwardedCall(forwarded, DEFAULT_BOUNDS, undefined).meant ?? {});
      } catch {
        return; // refused is safe
      }
      expect(target).toEqual({ kind: "resource", uri });
      expect(uri.split("/")).not.toContain("..");
      let once: string;
      try {
        once = decodeURIComponent(uri);
      } catch {
        return; // no server can read it
      }
      expect(once.split("/")).not.toContain("..");
      expect(once).not.toContain("\0");
      expect(once.split("/").length).toBe(uri.split("/").length);
    }),
    { numRuns: 2000 },
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openFernet, sealFernet } from "./fernet.ts";
import { Unreadable } from "./jwe.ts";

// The vectors of https://github.com/fernet/spec: generate.json, verify.json, invalid.json.
const KEY = Buffer.from("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", "base64url");
const TOKEN =
  "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
const s = (time: string): number => Date.parse(time) / 1000;
const AT = { now_s: s("1985-10-26T01:20:01-07:00"), ttl_s: 60 };

describe("the published vectors", () => {
  test("generate", () => {
    const iv = Uint8Array.from({ length: 16 }, (_, at) => at);
    expect(sealFernet(KEY, Buffer.from("hello"), s("1985-10-26T01:20:00-07:00"), iv)).toBe(TOKEN);
  });
  test("verify", () => {
    expect(openFernet([KEY], TOKEN, AT).toString()).toBe("hello");
  });
  test.each([
    [
      "incorrect mac",
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
    ],
    ["too short", "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="],
    [
      "invalid base64",
      "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
    ],
    [
      "payload size not multiple of block size",
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
    ],
    [
      "payload padding error",
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
    ],
    [
      "far-future TS",
      "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
    ],
    [
      "incorrect IV",
      "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
    ],
  ])("invalid: %s", (_, token) => {
    expect(() => openFernet([KEY], token, AT)).toThrow(Unreadable);
  });
  test("invalid: expired TTL", () => {
    const token =
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==";
    expect(openFernet([KEY], token, AT).toString()).toBe("");
    expect(() => openFernet([KEY], token, { ...AT, now_s: s("1985-10-26T01:21:31-07:00") })).toThrow(
      "too old",
    );
  });
});

test("a token opens by whichever of the keys sealed it, and says nothing where none did", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (text, key) => {
        const token = sealFernet(key, text, AT.now_s);
        expect(openFernet([KEY, key], token, AT)).toEqual(Buffer.from(text));
        expect(() => openFernet([KEY], token, AT)).toThrow(Unreadable);
      },
    ),
  );
  expect(() => openFernet([KEY.subarray(1)], TOKEN, AT)).toThrow(RangeError);
});

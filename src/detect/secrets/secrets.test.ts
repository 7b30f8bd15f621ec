import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Found } from "../detector.ts";
import { views } from "../views/views.ts";
import { SECRETS } from "./secrets.ts";

const found = (text: string): readonly Found[] => SECRETS.find(views(text), { role: "result" });
const marked = (text: string): readonly string[] =>
  found(text).map(({ kind, span }) => `${kind}: ${text.slice(span.from, span.until)}`);

/** Made here, so that nobody who searches repositories for secrets finds one. */
const alphabet = "aZ3kQ9xB7mW2pL5vN8cR4tY6hD1gF0sJ";
const random = (length: number, from = alphabet): string =>
  Array.from({ length }, (_, at) => from.charAt((at * 7 + 3) % from.length)).join("");
/** What a person would choose; said so, so that it is not taken for one that somebody uses. */
const chosen = (word: string): string => word;
const hex = (length: number): string => random(length, "3f9a0c7e1b5d8264");

describe("what has a form", () => {
  test.each([
    ["github", `ghp_${random(36)}`],
    ["gitlab", `glpat-${random(20)}`],
    ["aws-access-key", ["AKIA", "QZ7WXK3MPLN2VBTR"].join("")],
    ["slack", ["xoxb", "2847193650", random(24)].join("-")],
    ["stripe", `sk_live_${random(24)}`],
    ["openai", `sk-proj-${random(48)}`],
    ["npm", `npm_${random(36)}`],
    ["jwt", `eyJ${random(20)}.eyJ${random(30)}.${random(40)}`],
    ["discord", `M${random(23)}.${random(6)}.${random(30)}`],
    ["rapidapi", `${hex(10)}msh${hex(15)}p1${hex(6)}jsn${hex(12)}`],
    ["azure-devops", `${random(76)}AZDO${random(4)}`],
    ["adyen", `AQEyhm${random(60)}`],
    ["dbt", `dbtc_${random(40)}`],
    ["telegram", ["123987456", `AA${random(33)}`].join(":")],
  ])("%s, wherever it stands", (kind, secret) => {
    for (const text of [secret, `token=${secret}`, `{"a":"${secret}"}`, `x\\n${secret}\\ny`, `(${secret}),`])
      expect(marked(text)).toContain(`${kind}: ${secret}`);
  });

  test("a private key is covered to its end", () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${random(64)}\n${random(64)}\n-----END PRIVATE KEY-----`;
    expect(marked(`before\n${key}\nafter`)).toEqual([`private-key: ${key}`]);
  });

  test("dots do not hide one that is whole, and may have cut one whose length nobody knows", () => {
    const access = ["AKIA", "QZ7WXK3MPLN2VBTR"].join("");
    expect(marked(`${access}...`)).toEqual([`aws-access-key: ${access}`]);
    expect(marked(`${access.slice(0, 12)}...`)).toEqual([]);
    expect(marked(`sk_live_${random(24)}...`)).not.toContain(`stripe: sk_live_${random(24)}`);
  });

  test("a right checksum makes it sure", () => {
    // The first thirty digits of a GitHub token and their checksum, as GitHub published them in an example.
    const [body, check] = ["zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"];
    expect(found(`ghp_${body}${check}`)[0]?.score).toBe(1);
    expect(found(`ghp_${body}${check}...`)[0]?.score).toBe(1);
    expect(found(`ghp_${body}${chosen("0mLq18")}`)[0]?.score).toBeLessThan(1);
  });
});

test("a part that says who it is for makes a token sure", () => {
  const token = (who: string): string => `${Buffer.from(who).toString("base64")}.${random(6)}.${random(30)}`;
  expect(found(token("123456789012345678"))[0]?.score).toBe(0.95);
  expect(found(token("not-the-number-of-any"))[0]?.score ?? 0).toBeLessThan(0.95);
});

describe("what only its surroundings tell", () => {
  test.each([
    `api_key = "${random(32)}"`,
    `"clientSecret": "${random(32)}"`,
    `export DATADOG_TOKEN=${hex(40)}`,
    `Authorization: Bearer ${random(40)}`,
    `postgres://app:${chosen("h0rse-Battery")}@db.internal/orders`,
    `password: "${chosen("Tr0ub4dor&3")}"`,
    `curl -u ana:${chosen("s3cr3tW0rd!")} https://example.com`,
    `define('DB_PASSWORD', '${chosen("m00dleRocks")}');`,
    `localhost:5432:orders:ana:${chosen("h0rseBattery")}`,
    `<Pass encoding="base64">${Buffer.from(chosen("h0rseBattery")).toString("base64")}</Pass>`,
    `<add key="MailPassword" value="${chosen("h0rseBattery")}"/>`,
    `jdbc:oracle:thin:scott/${chosen("t1ger99")}@//db:1521/x`,
    `Endpoint=sb://x.example.net/;SharedAccessKeyName=Root;SharedAccessKey=${random(43)}=`,
    `HASHICORP_TOKEN=${random(32)}`,
    `Authorization: GenieKey ${random(32)}`,
    `Cookie: sessionid=${random(32)}`,
    `sshpass -p '${chosen("h0rseBattery")}' ssh ana@host`,
    `mysql -u root -p${chosen("h0rseBattery")} orders`,
    `new NetworkCredential("ana", "${chosen("h0rseBattery")}")`,
    `The password is ${chosen("hunter2x")}.`,
    `ensure the password is "${chosen("centipede")}" first`,
    `mnemonic = "${"abandon ".repeat(11)}about"`,
  ])("%s", (text) => {
    expect(found(text).map((one) => one.class)).toContain("secret");
  });

  test.each([
    `commit ${hex(40)}`,
    `"integrity": "sha512-${random(86)}=="`,
    `"etag": "${hex(32)}"`,
    "token_type: bearer",
    '"password": { "type": "string" }',
    "const token = process.env.API_TOKEN",
    "password=<your-password>",
    `uses: actions/checkout@${hex(40)}`,
    `"request_id": "0736f5ef-7e88-499a-80cc-90c85d2a5180"`,
    "the secret of a good key is a token of love",
    `"sessionId": "${random(32)}"`,
    `"gitHead": "${hex(40)}"`,
    `"token": "${random(24)}..."`,
    `next_page_token=${random(32)}`,
    "eyJhbGciOiJub25lIn0.eyJkZW1vIjp0cnVlfQ.",
    `pk_live_${random(24)}`,
    '"password": "Password is required"',
    "the password is at least 8 characters long",
    'type = ["password", "username"]',
  ])("but not %s", (text) => {
    expect(marked(text)).toEqual([]);
  });
});

test("the name of a field says what its value is", () => {
  const value = chosen("Tr0ub4dor&3");
  const by = (name: string): readonly Found[] => SECRETS.find(views(value), { role: "argument", name });
  expect(by("password")).toEqual([
    expect.objectContaining({ kind: "password", span: { from: 0, until: value.length } }),
  ]);
  expect(by("title")).toEqual([]);
  // `lob` issues keys; a field that is called `blob` has none of it.
  const encoded = Buffer.from("Resource 1: This is a base64 blob created at 10:25:41").toString("base64");
  const blob = (name: string): number => SECRETS.find(views(encoded), { role: "result", name }).length;
  expect([blob("blob"), blob("lob")]).toEqual([0, 1]);
});

test("is found in disguise, and covers what it was made of", () => {
  const secret = `ghp_${random(36)}`;
  const hidden = Array.from(secret).join("\u200b");
  const [one] = found(`see ${hidden} here`);
  expect(one?.span).toEqual({ from: 4, until: 4 + hidden.length });
  expect(found(Buffer.from(`the key is ${secret}`).toString("base64"))).toHaveLength(1);
});

test("never says what it found, and spans lie in the text", () => {
  const pieces = fc.constantFrom(
    "key",
    "=",
    "password",
    ":",
    '"',
    " ",
    "ghp_",
    random(36),
    hex(40),
    "://",
    "@",
    "\n",
    "-u ",
    "eyJ",
    ".",
    "🂡",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      for (const { span, why, score } of found(text)) {
        expect(span.from).toBeGreaterThanOrEqual(0);
        expect(span.until).toBeLessThanOrEqual(text.length);
        expect(span.from).toBeLessThan(span.until);
        expect(score).toBeGreaterThan(0);
        if (span.until - span.from > 11) expect(why).not.toContain(text.slice(span.from, span.until));
      }
    }),
  );
});

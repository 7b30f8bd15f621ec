import { expect, test } from "vitest";
import type { Principal } from "../../call/principal.ts";
import type { HttpServer } from "../../config/config.ts";
import { credentialOf } from "./open.ts";

const auth = {
  kind: "token_exchange",
  proof: { kind: "secret", secret: { kind: "value", value: "s" } },
  client_id: "gate",
  issuer: undefined,
  token_endpoint: "https://id.example/token",
  audience: undefined,
  resource: "https://files.example",
  scopes: [],
};

test("a token in somebody's name is another where they signed in otherwise, and the same where they did not", async () => {
  let given = 0;
  const credential = credentialOf({ name: "files", auth } as unknown as HttpServer, {
    fetch: async () => Response.json({ access_token: `t${++given}`, token_type: "Bearer", expires_in: 3600 }),
    endpointOf: () => Promise.reject(new Error("it is configured")),
    tokenOf: () => "theirs",
    stored: () => Promise.resolve(undefined),
    ticks: () => 0,
  });
  const ana: Principal = { id: "ana", tenant: "acme", roles: [], scopes: [], source: "token" };
  const strong = { ...ana, acr: "gold", amr: ["otp", "pwd"] };
  const shown: unknown[] = [];
  for (const principal of [strong, ana, { ...strong, amr: ["pwd", "otp"] }, { ...ana, tenant: "globex" }])
    shown.push((await credential?.show({ principal }))?.["authorization"]);
  expect(shown).toEqual(["Bearer t1", "Bearer t2", "Bearer t1", "Bearer t3"]);
});

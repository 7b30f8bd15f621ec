import {
  allowInsecureRequests,
  type Configuration,
  discovery,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  refreshTokenGrant,
  tokenRevocation,
} from "openid-client";
import { isObject, type JsonObject } from "../../call/json.ts";
import { isLoopback } from "../../config/address.ts";
import { printable } from "../../document/render.ts";
import { COMMAND_LINE } from "../../identity/challenge.ts";
import { Failure } from "../failure.ts";
import { gateMeant } from "../gate-meant.ts";
import { jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";
import { forgetLogin, keepLogin, type Login, loginTo } from "./logins.ts";

type Options = Readonly<Record<string, unknown>>;

const TIMEOUT_S = 10;
/** Renewed so long before its end. */
const EARLY_MS = 60_000;

function openly(address: string, what: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  if (url !== undefined && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(host))))
    return url;
  throw new Failure(2, `${what} is ${printable(address)}, which is no https:// address`);
}

/** What a gate says of itself (RFC 9728); what names another gate is refused. */
async function metadataOf(gate: string): Promise<JsonObject> {
  const { origin, pathname } = openly(gate, "the gate");
  const resource = `${gate}/governance`;
  const place = `${origin}/.well-known/oauth-protected-resource${pathname.replace(/\/+$/, "")}/governance`;
  let found: unknown;
  try {
    const answer = await fetch(place, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT_S * 1_000) });
    if (answer.status === 404)
      throw new Failure(
        2,
        `${gate} names no identity provider: nobody signs in there with one`,
        "use an API key: PORTCULLIS_API_KEY, or PORTCULLIS_API_KEY_FILE",
      );
    found = await answer.json();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(3, `no gate answers at ${gate}: ${why}`, "name it with --gate");
  }
  if (!isObject(found) || found["resource"] !== resource)
    throw new Failure(
      1,
      `what answers at ${gate} says that it is another gate`,
      "name it as it names itself",
    );
  return found;
}

/** An issuer, as the command line is a client of it. */
async function clientOf(issuer: string, client_id: string): Promise<Configuration> {
  const url = openly(issuer, "the identity provider");
  const execute = url.protocol === "http:" ? [allowInsecureRequests] : [];
  const options = { timeout: TIMEOUT_S, execute };
  try {
    return await discovery(url, client_id, undefined, None(), options).catch(() =>
      discovery(url, client_id, undefined, None(), { ...options, algorithm: "oauth2" as const }),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(3, `the identity provider ${issuer} does not answer: ${why}`);
  }
}

interface Said {
  readonly issuer: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  readonly resource: string;
}

/** Where to sign in, and as which client: what the options say, else what the gate does. */
function saidBy(metadata: JsonObject, gate: string, options: Options): Said {
  const own = metadata[COMMAND_LINE];
  const client = isObject(own) ? own : {};
  const issuers = Array.isArray(metadata["authorization_servers"]) ? metadata["authorization_servers"] : [];
  const issuer = client["issuer"] ?? issuers.find((each) => typeof each === "string");
  const client_id = options["clientId"] ?? client["client_id"];
  if (typeof issuer !== "string") throw new Failure(2, `${gate} names no identity provider`);
  if (typeof client_id !== "string")
    throw new Failure(
      2,
      `${gate} does not say what the command line is called at ${issuer}`,
      "name it with --client-id, or write `auth: { command_line: { client_id: … } }` at the gate",
    );
  const scopes = (options["scope"] as readonly string[] | undefined) ?? client["scopes"];
  const texts = Array.isArray(scopes) ? scopes.filter((each) => typeof each === "string") : [];
  return { issuer, client_id, scopes: texts, resource: `${gate}/governance` };
}

type Granted = Awaited<ReturnType<typeof pollDeviceAuthorizationGrant>>;

function loginOf(granted: Granted, before: Omit<Login, "access_token" | "expires_at">): Login {
  const { access_token, refresh_token, expires_in = 60 } = granted;
  return {
    ...before,
    access_token,
    refresh_token: refresh_token ?? before.refresh_token,
    expires_at: Date.now() + expires_in * 1_000,
  };
}

/** `portcullis login`: the device flow (RFC 8628). */
export async function login(_: readonly string[], options: Options): Promise<number> {
  const gate = gateMeant(options);
  const { issuer, client_id, scopes, resource } = saidBy(await metadataOf(gate), gate, options);
  const client = await clientOf(issuer, client_id);
  if (client.serverMetadata().device_authorization_endpoint === undefined)
    throw new Failure(1, `${issuer} has no device flow`, "use an API key, or ask who runs it");
  let granted: Granted;
  try {
    const asked = { resource, ...(scopes.length > 0 && { scope: scopes.join(" ") }) };
    const device = await initiateDeviceAuthorization(client, asked);
    tell(`Open ${printable(device.verification_uri)} and type the code`);
    tell(`     ${printable(device.user_code)}`);
    if (device.verification_uri_complete !== undefined)
      tell(`or open ${printable(device.verification_uri_complete)}`);
    granted = await pollDeviceAuthorizationGrant(client, device, { resource });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(1, `nobody signed in: ${printable(why)}`, "portcullis login");
  }
  const made = loginOf(granted, { gate, issuer, client_id, resource, refresh_token: undefined });
  const kept = await keepLogin(made);
  if (options["json"] === true) await print(jsonLine({ gate, issuer, kept }));
  else say("ok", `signed in to ${gate}; kept in ${kept}`);
  if (made.refresh_token === undefined)
    tell(`     until ${localTime(made.expires_at, Date.now())}: the provider gave nothing to renew it with`);
  return 0;
}

/** A login whose token is good for a while yet; renewed where it is not. Undefined where it is over. */
export async function freshLogin(gate: string): Promise<Login | undefined> {
  const found = await loginTo(gate);
  if (found === undefined || found.expires_at - EARLY_MS > Date.now()) return found;
  if (found.refresh_token === undefined) return found.expires_at > Date.now() ? found : undefined;
  const client = await clientOf(found.issuer, found.client_id);
  try {
    const granted = await refreshTokenGrant(client, found.refresh_token, { resource: found.resource });
    const made = loginOf(granted, found);
    await keepLogin(made);
    return made;
  } catch {
    return undefined;
  }
}

/** `portcullis logout`. */
export async function logout(_: readonly string[], options: Options): Promise<number> {
  const gate = gateMeant(options);
  const found = await loginTo(gate);
  if (found === undefined) throw new Failure(1, `nobody is signed in to ${gate}`);
  await forgetLogin(gate);
  const revoked = await clientOf(found.issuer, found.client_id)
    .then(async (client) => {
      // Access tokens that are JWTs end by themselves, and many providers take none back.
      await tokenRevocation(client, found.refresh_token ?? found.access_token);
      return true;
    })
    .catch(() => false);
  if (options["json"] === true) await print(jsonLine({ gate, forgotten: true, revoked }));
  else if (revoked) say("ok", `signed out of ${gate}`);
  else say("warn", `forgotten here; ${found.issuer} did not take it back, so it is good until it ends there`);
  return 0;
}

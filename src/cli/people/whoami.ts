import { isObject } from "../../call/json.ts";
import { printable } from "../../document/render.ts";
import { keyInEnvironment } from "../credential.ts";
import { Failure } from "../failure.ts";
import { gateMeant } from "../gate-meant.ts";
import { columns, jsonLine, print } from "../out.ts";
import { freshLogin } from "./login.ts";

type Options = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 10_000;

const text = (value: unknown): string => (typeof value === "string" ? printable(value) : "");
const texts = (value: unknown): string =>
  Array.isArray(value) && value.length > 0 ? value.map(text).join(", ") : "none";

/** `portcullis whoami`: asks the gate. */
export async function whoami(_: readonly string[], options: Options): Promise<number> {
  const gate = gateMeant(options);
  const token = keyInEnvironment() ?? (await freshLogin(gate))?.access_token;
  let answer: Response;
  let said: unknown;
  try {
    answer = await fetch(`${gate}/governance/v1/whoami`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    said = await answer.json();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(3, `no gate answers at ${gate}: ${why}`, "name it with --gate");
  }
  if (answer.status === 401)
    throw new Failure(
      1,
      token === undefined ? `nobody is signed in to ${gate}` : `${gate} does not take what you have`,
      "portcullis login",
    );
  if (!answer.ok || !isObject(said)) throw new Failure(1, `${gate} answered ${answer.status}`);
  if (options["json"] === true) {
    await print(jsonLine(said));
    return 0;
  }
  const { id, tenant, source, roles, permissions, expires_at } = said;
  const rows = [
    ["who", text(id)],
    ["tenant", text(tenant)],
    ["by", text(source)],
    ["roles", texts(roles)],
    ["may", texts(permissions)],
    ...(expires_at === undefined ? [] : [["until", text(expires_at)]]),
  ];
  for (const line of columns(rows)) await print(line);
  return 0;
}

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { isObject, type Json } from "../../call/json.ts";
import type { Config } from "../../config/config.ts";
import { shown } from "../../config/paths.ts";
import { openOutbound, OutboundError } from "../../outbound/outbound.ts";
import { allowedOf, isListed } from "../../outbound/reach.ts";
import { bounded, type Finding } from "./finding.ts";

const check = "notices";

/** A configured channel, and what is asked for it. */
interface Asked {
  readonly channel: string;
  readonly host: string;
  /** In clear, over `http:`. */
  readonly bare: boolean;
}

function channelsOf({ notifications }: Config): readonly Asked[] {
  const { slack, teams, mail, webhooks } = notifications;
  const by = (channel: string, url: string): Asked => {
    const { hostname: host, protocol } = new URL(url);
    return { channel, host, bare: protocol === "http:" };
  };
  const bySlack =
    slack === undefined
      ? []
      : slack.kind === "token"
        ? [by("slack://…", slack.api)]
        : [
            ...(slack.any === undefined ? [] : [by("slack://…", slack.any)]),
            ...Object.entries(slack.by_channel).map(([name, url]) => by(`slack://${name}`, url)),
          ];
  return [
    ...bySlack,
    ...Object.entries(teams).map(([name, url]) => by(`teams://${name}`, url)),
    ...(mail === undefined ? [] : [{ channel: "mailto:…", host: mail.host, bare: false }]),
    ...webhooks.map(({ name, url }) => by(`webhook://${name}`, url)),
  ];
}

async function found({ channel, host, bare }: Asked, allow: readonly string[]): Promise<Finding> {
  if (bare && !isListed(host, allowedOf(allow)))
    return {
      level: "fail",
      check,
      message: `${channel}  ${host} is not asked in clear`,
      fix: `write https://, or list ${host} under outbound.allow`,
    };
  const outbound = openOutbound(allow);
  try {
    await outbound.addressOf(host);
    return { level: "ok", check, message: `${channel}  by ${host}, not asked` };
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const fix =
      error.kind === "barred"
        ? `if ${host} may be reached, list it under outbound.allow`
        : `see whether the name ${host} is right, and can be looked up from here`;
    return { level: "fail", check, message: `${channel}  ${error.message}`, fix };
  } finally {
    await outbound.close();
  }
}

/** Paths of texts that should stand nowhere in clear: tokens, passwords, secrets, addresses that let anybody post. */
function clear(value: Json | undefined, path: string): readonly string[] {
  if (typeof value === "string") return value.includes("${") ? [] : [path];
  if (Array.isArray(value)) return value.flatMap((each, index) => clear(each as Json, `${path}[${index}]`));
  return isObject(value) ? Object.entries(value).flatMap(([key, each]) => clear(each, `${path}.${key}`)) : [];
}

function plain({ file }: Config): readonly Finding[] {
  if (file === undefined) return [];
  const written: unknown = parse(readFileSync(file, "utf8"));
  const notifications = isObject(written) ? written["notifications"] : undefined;
  if (!isObject(notifications)) return [];
  const { slack, teams, mail, webhooks } = notifications;
  const of = (holder: Json | undefined, key: string): Json | undefined =>
    isObject(holder) ? holder[key] : undefined;
  const paths = [
    ...clear(of(slack, "token"), "slack.token"),
    ...clear(of(slack, "webhook"), "slack.webhook"),
    ...clear(teams, "teams"),
    ...clear(of(mail, "password"), "mail.password"),
    ...Object.entries(isObject(webhooks) ? webhooks : {}).flatMap(([name, each]) =>
      clear(of(each, "secrets"), `webhooks.${name}.secrets`),
    ),
  ];
  return paths.map((path) => ({
    level: "warn",
    check: "secrets",
    message: `notifications.${path} stands in clear`,
    fix: `write \${NAME} in its place in ${shown(file)}, and set NAME in the environment`,
  }));
}

/** Each channel, looked at without sending anything: whether the gate may reach its host, and whether secrets stand in clear. */
export async function notices(config: Config): Promise<readonly Finding[]> {
  const channels = await Promise.all(channelsOf(config).map((each) => found(each, config.outbound.allow)));
  return bounded([...channels, ...plain(config)], check);
}

import { formatsOf } from "./format.ts";

/** Clouds, platforms, databases, and what watches over them. */
export const CLOUD_FORMATS = formatsOf(String.raw`
  aws-access-key: AKIA ASIA ABIA ACCA :: [A-Z2-7]{16}
  aws-access-key: A3T :: [A-Z0-9][A-Z0-9]{16}
  aws-bedrock: ABSK :: [A-Za-z0-9+/]{90,300}={0,2}
  aws-bedrock: bedrock-api-key- :: [A-Za-z0-9+/=_-]{20,300}
  google-api-key: AIza :: [\w-]{35}
  aws-session: FwoGZXIvYXdz FQoGZXIvYXdz IQoJb3JpZ2lu :: [A-Za-z0-9/+=]{60,1500}
  aws-mws: amzn.mws. :: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}
  aws-appsync: da2- :: [a-z0-9]{26}
  google-api-key: AQ.Ab :: [\w-]{44,60}
  google-oauth: GOCSPX- :: [\w-]{20,40}
  google-oauth: ya29. :: [\w-]{20,300}
  google-oauth: 1//0 :: [\w-]{38,110}
  alibaba: LTAI :: [A-Za-z0-9]{16,24}
  tencent: AKID :: [A-Za-z0-9]{32}
  yandex: AQVN YCAJ :: [\w-]{20,40}
  yandex: t1. :: [A-Z0-9a-z_-]{1,300}[=]{0,2}\.[A-Z0-9a-z_-]{86}[=]{0,2}
  yandex: YC :: [A-Za-z0-9_-]{38}
  digitalocean: dop_v1_ doo_v1_ dor_v1_ :: [a-f0-9]{64}
  heroku: HRKU- :: [\w-]{36,64}
  fly: fm1_ fm1a_ fm1r_ fm2_ :: [A-Za-z0-9+/=,_-]{40,600}
  fly: fo1_ :: [\w-]{43}
  netlify: nfp_ nfc_ nfo_ nfu_ nfb_ :: [A-Za-z0-9]{36,50}
  vercel: vercel_blob_rw_ vcp_ vci_ vca_ vcr_ vck_ :: [A-Za-z0-9_]{24,80}
  render: rnd_ :: [A-Za-z0-9]{24,48}
  supabase: sbp_ sb_secret_ :: (?:v\d_)?[A-Za-z0-9_-]{31,60}
  planetscale: pscale_tkn_ pscale_pw_ pscale_oauth_ :: [\w=.-]{32,64}
  neon: napi_ :: [a-z0-9]{48,80}
  databricks: dapi dkea dose :: [a-f0-9]{32}(?:-\d{1,2})?
  grafana: glc_ :: [A-Za-z0-9+/]{32,400}={0,3}
  grafana: glsa_ :: [A-Za-z0-9]{32}_[A-Fa-f0-9]{8}
  grafana: eyJrIjoi :: [A-Za-z0-9]{70,400}={0,3}
  newrelic: NRAK- NRII- NRIQ- NRRA- NRSP- NRJS- :: [A-Za-z0-9_-]{19,40}
  newrelic: NRAA- :: [a-f0-9]{27}
  sentry: sntrys_ :: [A-Za-z0-9+/=_]{60,300}
  sentry: sntryu_ sntrya_ sntryi_ :: [a-f0-9]{64}
  honeycomb: hcaik_ hcbik_ hccik_ hcaic_ hcxik_ :: [A-Za-z0-9]{40,70}
  dynatrace: dt0a01. dt0c01. dt0e01. dt0s01. dt0s02. dt0s03. dt0s04. dt0s06. dt0s08. dt0s16. :: [A-Za-z0-9]{8,24}\.[A-Za-z0-9]{60,70}
  hashicorp-vault: hvs. hvb. hvr. :: [\w-]{24,300}
  pulumi: pul- :: [a-f0-9]{40}
  doppler: dp.pt. dp.ct. dp.st. dp.sa. dp.scim. dp.audit. dp.said. :: (?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}
  onepassword: ops_ :: eyJ[A-Za-z0-9+/=_-]{60,1000}
  onepassword: A3- :: [A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}
  age: AGE-SECRET-KEY-1 :: [QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}
  age: AGE-PLUGIN- :: [A-Z0-9-]{20,200}
  infracost: ico- :: [A-Za-z0-9]{32}
  prefect: pnu_ pnb_ :: [A-Za-z0-9]{36}
  tailscale: tskey- :: (?:api|auth|client|scim|webhook)-[A-Za-z0-9]{8,24}-[A-Za-z0-9]{20,40}
  tailscale: tskey- :: [A-Za-z0-9]{8,24}-[A-Za-z0-9]{12,40}
  cloudflare: v1.0- :: [a-f0-9]{24}-[a-f0-9]{146}
  cloudflare: cfut_ cfat_ cfk_ :: [A-Za-z0-9]{38,60}
  scaleway: SCW :: [A-Z0-9]{17}
  scalingo: tk-us- tk-eu- :: [\w-]{48}
  openshift: sha256~ :: [\w-]{43}
  defined-networking: dnkey- :: [a-z0-9=_-]{26}-[a-z0-9=_-]{52}
  harness: pat. sat. :: [A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{24}\.[A-Za-z0-9_-]{20}
  clickhouse: 4b1d :: [A-Za-z0-9]{38}
  turso: turso_ :: [A-Za-z0-9_]{24,80}
  cockroach: CCDB1_ :: [A-Za-z0-9]{22}_[A-Za-z0-9]{40}
  mongodb: mdb_sa_sk_ :: [\w-]{40}
  elastic: essu_ :: [A-Za-z0-9+/=]{40,80}
  xata: xau_ :: [A-Za-z0-9]{36,43}
  dbt: dbtc_ dbtu_ dbts_ :: [\w=-]{40,60}
  axiom: xaat- xapt- xait- :: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}
  honeybadger: hbp_ :: [A-Za-z0-9]{36}
  aiven: AVNS_ :: [\w-]{19,24}
  pinecone: pcsk_ :: [A-Za-z0-9]{5,6}_[A-Za-z0-9]{40,80}
  nightfall: NF- :: [A-Za-z0-9]{32}
  rootly: rootly_ :: [a-f0-9]{64}
  stackhawk: hawk. :: [\w-]{20}\.[\w-]{20}
  polar: polar_oat_ polar_pat_ polar_at_u_ :: [A-Za-z0-9]{32,60}
  launchdarkly: sdk- api- :: [a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[a-f0-9]{4}-[a-f0-9]{12}
  ubidots: BBFF- BBUS- :: [A-Za-z0-9]{30}
  settlemint: sm_aat_ sm_pat_ sm_sat_ :: [A-Za-z0-9]{16}
  adafruit: aio_ :: [A-Za-z0-9]{28}
  sumologic: SUMO :: [A-Za-z0-9]{40,80}
`);

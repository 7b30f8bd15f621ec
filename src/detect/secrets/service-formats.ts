import { formatsOf } from "./format.ts";

/** Payments, messages, and everything else that one pays for with a key. */
export const SERVICE_FORMATS = formatsOf(String.raw`
  stripe: sk_live_ rk_live_ sk_prod_ rk_prod_ :: [A-Za-z0-9]{10,120}
  ~stripe: sk_test_ rk_test_ :: [A-Za-z0-9]{10,120}
  stripe: whsec_ :: [A-Za-z0-9+/]{32,64}={0,2}
  square: sq0atp- sq0csp- sq0idp- :: [\w-]{22,50}
  square: EAAA :: [\w+=-]{56,64}
  paypal: access_token$production$ access_token$sandbox$ :: [a-z0-9]{16}\$[a-f0-9]{32}
  adyen: AQE :: [a-z]hm[A-Za-z0-9+/*]{20,300}
  razorpay: rzp_live_ rzp_test_ :: [A-Za-z0-9]{14,24}
  flutterwave: FLWSECK_TEST- FLWPUBK_TEST- FLWSECK- FLWPUBK- :: [a-hA-H0-9]{12,32}(?:-X)?
  gocardless: live_ :: [\w=-]{40}
  easypost: EZAK EZTK :: [A-Za-z0-9]{54}
  shippo: shippo_live_ shippo_test_ :: [a-fA-F0-9]{40}
  duffel: duffel_live_ duffel_test_ :: [\w=-]{43}
  lob: live_pub_ test_pub_ :: [a-f0-9]{31}
  lob: live_ test_ :: [a-f0-9]{35}
  shopify: shpat_ shpca_ shppa_ shpss_ shpua_ shptka_ :: [a-fA-F0-9]{32}
  slack: xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxc- xoxd- :: (?=[^\s"']{0,20}\d)(?:\d{1,2}-)?[A-Za-z0-9%/+-]{14,300}
  slack: xoxe- xoxe.xoxp- xoxe.xoxb- :: \d-[A-Za-z0-9+/-]{40,300}
  slack: xapp- :: \d-[A-Z0-9]{6,14}-\d{6,14}-[a-z0-9]{20,80}
  slack-webhook: hooks.slack.com/ :: (?:services|workflows|triggers)/[A-Za-z0-9+/]{30,90}
  discord-webhook: discord.com/api/webhooks/ discordapp.com/api/webhooks/ :: \d{17,20}/[\w-]{40,80}
  plaid: access-development- access-sandbox- access-production- :: [a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}
  teams-webhook: .webhook.office.com/webhook outlook.office.com/webhook :: b?2?/[A-Za-z0-9@-]{36,90}/IncomingWebhook/[A-Za-z0-9]{20,40}/[a-z0-9-]{36}
  twilio: SK :: [0-9a-fA-F]{32}
  sendgrid: SG. :: [\w.=-]{60,72}
  mailgun: key- pubkey- :: [a-f0-9]{32}
  brevo: xkeysib- xsmtpsib- :: [a-f0-9]{64}-[A-Za-z0-9]{16}
  klaviyo: pk_ :: [a-f0-9]{34}
  resend: re_ :: [A-Za-z0-9]{8}_[A-Za-z0-9]{20,30}
  linear: lin_api_ lin_oauth_ lin_wh_ :: [A-Za-z0-9]{32,64}
  notion: ntn_ :: [0-9]{11}[A-Za-z0-9]{32,40}
  notion: secret_ :: [A-Za-z0-9]{43}
  figma: figd_ figo_ figu_ figoh_ figor_ :: [\w-]{36,60}
  typeform: tfp_ :: [\w.=-]{40,70}
  frameio: fio-u- :: [\w=-]{64}
  contentful: CFPAT- :: [\w-]{43}
  dropbox: sl. :: [A-Za-z0-9_=-]{130,200}
  dropbox: sl.u. :: [A-Za-z0-9_=-]{130,1300}
  hubspot: pat-na1- pat-eu1- pat-na2- pat-ap1- :: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}
  posthog: phx_ phs_ :: [A-Za-z0-9]{40,60}
  statsig: secret- :: [A-Za-z0-9]{40,50}
  mapbox: sk.eyJ :: [\w]{40,100}\.[\w-]{20,24}
  ~mapbox: pk.eyJ :: [\w]{40,100}\.[\w-]{20,24}
  ~mapbox: pk. :: [a-z0-9]{60}\.[a-z0-9]{22}
  beamer: b_ :: [a-z0-9=_-]{44}
  facebook: EAA :: [A-Za-z0-9]{90,250}
  instagram: IGQV IGAA :: [\w-]{80,250}
  twitter: AAAAAAAAAAAAAAAAAAAAA :: [A-Za-z0-9%]{60,120}
  airtable: pat :: [A-Za-z0-9]{14}\.[a-f0-9]{64}
  intra42: s-s4t2ud- s-s4t2af- :: [a-f0-9]{64}
  nylas: nyk_v0_ :: [A-Za-z0-9]{64}
  unkey: unkey_ :: [A-Za-z0-9]{20,40}
  zuplo: zpka_ :: [a-f0-9]{32}_[a-f0-9]{8}
  wakatime: waka_ :: [a-f0-9-]{36}
  todoist: pc_ :: [A-Za-z0-9]{40}
  ngrok: ngrok_ :: [A-Za-z0-9]{24,50}
  telnyx: KEY0 :: [A-F0-9]{30,36}_[A-Za-z0-9]{22}
  ~password-hash: $2a$ $2b$ $2y$ :: \d\d\$[./A-Za-z0-9]{53}
  ~password-hash: $1$ $5$ $6$ :: [./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86}
  ~password-hash: $argon2id$ $argon2i$ :: v=\d{1,3}\$[a-z0-9=,]{5,40}\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{16,128}
  ~password-hash: $apr1$ :: [./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}
  ~password-hash: $y$ :: [./A-Za-z0-9]{2,8}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}
  ~password-hash: pbkdf2_sha256$ pbkdf2_sha1$ :: \d{3,7}\$[\w+/.-]{4,40}\$[A-Za-z0-9+/=]{27,50}
  woocommerce: ck_ cs_ :: [a-f0-9]{40}
  pubnub: sec-c- :: [A-Za-z0-9]{44,50}
  intercom: dG9rO :: [A-Za-z0-9+/=]{40,90}
  putty: Private-Lines: :: \s?\d{1,3}\s{1,4}[A-Za-z0-9+/=\s]{40,2000}
  clickup: pk_ :: \d{6,9}_[A-Z0-9]{32}
  asana: 1/ 2/ :: \d{15,17}(?:/\d{15,17})?:[a-f0-9]{32}
  monday: eyJhbGciOiJIUzI1NiJ9. :: eyJ0aWQiOj[\w.-]{60,300}
`);

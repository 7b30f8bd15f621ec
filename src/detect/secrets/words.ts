const lines = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

/** Names of what must stay secret, and often short. */
export const PASSWORD_WORDS = lines(
  "password passwd passwort passphrase pwd passcode contrase mot_de_passe psk auth_key secret_key logged_in_key nonce_key",
);
/** Names of the words that the keys of a wallet are made from. */
export const PHRASE_WORDS = ["mnemonic", "seed phrase", "recovery phrase", "seed_phrase"];

/** Names of what must stay secret, and is random. */
export const SECRET_WORDS = lines(`
  secret token apikey api_key api-key accesskey access_key access-key auth credential creds bearer private_key privatekey
  private-key signing_key signingkey signature_key encryption_key encryptionkey encrypt_key master_key masterkey session_key account_key
  accountkey sharedaccess shared_access shared_key sharedkey license_key licensekey app_key appkey application_key client_key service_key
  server_key webhook_key write_key read_key admin_key deploy_key ssh_key hmac jwt cookie sessionid session_id oauth authorization pass_key
  passkey pat_ recovery_code backup_code connectionstring connection_string webhook apitoken unseal sas_ sig= pin_code pat: pat= key
`);

/** Calls that take a user and a password, and programs that take one as an option. */
export const TAKERS = [
  "credential(",
  "directoryentry(",
  "mysqli_connect(",
  "getconnection(",
  ".login(",
  "basicauth(",
  "securestring",
];
export const PROGRAMS = ["sshpass", "redis-cli", "mysql", "docker login", "oracle:thin:", "net user"];

/** Who issues keys that have no form of their own: a random word beside such a name is one. */
export const ISSUERS = lines(`
  abuseipdb adafruit adobe airbrake airtable algolia alibaba amplitude anthropic apify artifactory asana assemblyai atlassian auth0 aws
  azure baidu beamer binance bitbucket bitfinex bitly bittrex blockchain box.com braintree browserstack bugsnag buildkite bybit calendly
  census chargebee circleci clearbit clerk clickhouse clickup cloudant cloudflare cloudinary cloudsmith codacy codeclimate codecov cohere
  coinbase confluence confluent contentful coveralls crowdin databricks datadog deepgram deepl deepseek digicert digitalocean discord
  docker docusign doppler dropbox droneci dynatrace easypost elastic elevenlabs etherscan etsy eventbrite facebook fastly figma finicity
  finnhub firebase fireworks flickr flutterwave flyio foursquare freshbooks freshdesk freshservice frontapp fullstory gemini geocod
  ghost gitea github gitlab gitter gocardless gcp grafana groq gumroad guardian harness hashicorp hellosign helpscout heroku honeycomb hubspot
  hubstaff huggingface hunter.io hunterio ibm infura instagram intercom ipapi ipinfo ipstack jfrog jira jotform jumpcloud kakao keen klaviyo kraken
  kucoin launchdarkly line_ linear linkedin linode livechat lob locationiq logentries loggly logzio looker mailboxlayer mailchimp mailgun mailjet
  mailmodo mandrill mapbox mapquest marketstack mattermost maxmind meraki messagebird metabase miro mistral mixpanel monday moralis mux nasdaq netlify
  newrelic new-relic new_relic newsapi ngrok notion npm nylas nytimes octopus okta omdb onelogin onesignal openai opencage openexchange openshift openweather
  opsgenie optimizely pagerduty papertrail pastebin paypal paystack pexels pinecone pingdom pinterest pipedrive pixabay plaid planetscale plivo poloniex
  polygon postgres posthog postman postmark privateai prodigy pubnub pulumi pushbullet pushover pusher qualaroo quickbooks rapidapi razorpay readme recaptcha
  reddit redis replicate rollbar rubygems saucelabs scaleway scrapingbee segment sendbird sendgrid sendinblue sentry serpapi serper shodan shopify shippo
  shortcut signalwire slack smartsheet smartystreets snowflake snyk sonar sonarcloud soundcloud sourcegraph splunk spoonacular spotify square
  squarespace stability statuspage stormglass strapi stripe sumologic sumo supabase surveymonkey tailscale teamcity telegram telnyx tenable terraform todoist together tomtom
  travis trello twelvedata twilio twitch twitter typeform unsplash vault vercel vimeo virustotal vonage vultr weatherapi weatherbit weatherstack webex
  wepay wistia wordpress workos worldweather yandex yelp youtube zapier zendesk zerobounce zipcode zoho zoom zoominfo
`);

/** Names of what is random and no secret. */
const OPEN_NAME =
  /(?:public|pub[_-]?key|pubkey|foreign|primary|partition|sort_?key|cache|object|(?:s3|gcs)_?bucket|bucket_?key|index|(?:^|[_.-])row|schema|sequence|event|access_id|accessor|accessib|keyword|keyboard|keyframe|keyhash|keystore|keytab|keysize|csrf|xsrf|nonce|sha\d+|sha(?:$|[_.-])|md5|digest|checksum|hash(?!icorp)|integrity|etag|commit_?(?:id|sha|hash)|git_?head|revision|srcrev|version|fingerprint|thumbprint|trace|span|request|correlation|cursor|page_?token|next_?token|continuation|sync_?token|idempoten|author(?!i)|token_?(?:type|count|limit|usage|ize|s_)|(?:url|uri|path|file|filename|name|endpoint|host|domain|email|type|length|size|count|algorithm|alg|format|class|style|color|label|title|desc\w*|note|s?recno|_arn|arn|version|vault|select\w*|press\w*|down|up|code_challenge|hint|policy|expires?(?:_?(?:at|in))?|ttl|enabled|required|provider|source)$|(?:^|[_.-]|[a-z])(?:id|ids|Id|ID|IDs)$)/i;

/** Ends of names that say for sure. */
const STRONG =
  /(?:token|secret|password|passwd|(?:api|access|auth|account|private|signing|encryption|shared|master|storage|subscription)[_.-]?key|credentials?)$/i;
/** What makes such a name one of something that everybody may see. */
const OPEN_STRONG =
  /public|pub[_-]?key|csrf|xsrf|page|next|sync|continu|cursor|verif|authenticity|cancel|idempot|nonce|pagina|scroll|foreign|git_?head/i;

/** Whether a name is one of something random that is no secret. */
export function isOpenName(name: string): boolean {
  return STRONG.test(name) ? OPEN_STRONG.test(name) : OPEN_NAME.test(name);
}

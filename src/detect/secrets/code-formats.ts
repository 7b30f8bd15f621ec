import { hasTokenChecksum } from "./checksum.ts";
import { formatsOf } from "./format.ts";

/** Where code is kept, built and published, and where models answer. */
export const CODE_FORMATS = formatsOf(
  String.raw`
  github: ghp_ gho_ ghu_ ghs_ ghr_ :: [A-Za-z0-9]{36,255}
  github-fine-grained: github_pat_ :: [A-Za-z0-9_]{36,255}
  gitlab: glpat- gldt- glrt- glrtr- glft- glsoat- glimt- glptt- glagent- gloas- glcbt- glffct- glwt- :: [A-Za-z0-9_-]{20,300}(?:\.[\w.]{2,40})?
  gitlab: GR1348941 :: [\w-]{20}
  gitlab: _gitlab_session= :: [a-zA-Z0-9%-]{32,64}
  npm: npm_ :: [A-Za-z0-9]{36}
  pypi: pypi-AgE :: [\w-]{50,1000}
  rubygems: rubygems_ :: [a-f0-9]{48}
  nuget: oy2 :: [a-z0-9]{43}
  docker: dckr_pat_ dckr_oat_ :: [\w-]{27,32}
  crates: cio :: [A-Za-z0-9]{32}
  clojars: CLOJARS_ :: [a-zA-Z0-9]{60}
  packagist: packagist_ uuc packagist_ack_ packagist_out_ packagist_uut_ :: [a-f0-9]{68}
  bitbucket: ATBB BBDC- :: [A-Za-z0-9_=.-]{24,60}
  atlassian: ATATT3 ATCTT3 ATSTT3 :: [A-Za-z0-9+/=_-]{60,300}
  trello: ATTA :: [a-f0-9]{64}
  jfrog: AKCp AKC :: [A-Za-z0-9]{10,100}
  jfrog: cmVmd :: [A-Za-z0-9+/]{59,120}
  sonar: squ_ sqp_ sqa_ :: [A-Za-z0-9]{40}
  buildkite: bkua_ bkaj_ bkpat_ bkct_ :: [A-Za-z0-9]{40,80}
  circleci: CCIPAT_ CCIPRJ_ :: [A-Za-z0-9]{22}_[a-f0-9]{40}
  sourcegraph: sgp_ sgd_ slk_ sgs_ :: (?:[A-Fa-f0-9]{16}_|local_)?[A-Fa-f0-9]{40,128}
  postman: PMAK- :: [a-f0-9]{24}-[a-f0-9]{34}
  postman: PMAT- :: [A-Z0-9]{26}
  readme: rdme_ :: [a-z0-9]{60,80}
  octopus: API- :: [A-Z0-9]{25,27}
  endor: endr+ :: [A-Za-z0-9-]{16}
  cursor: crsr_ :: [a-f0-9]{64}
  openai: sk-proj- sk-svcacct- sk-admin- sk-service- sk-None- :: [\w-]{20,300}
  openai: sk- :: [A-Za-z0-9_-]{20,60}T3BlbkFJ[A-Za-z0-9_-]{20,100}
  openai: sk- :: [A-Za-z0-9]{32,64}
  anthropic: sk-ant- :: [\w-]{30,200}
  openrouter: sk-or-v1- :: [a-f0-9]{64}
  langfuse: sk-lf- :: [a-f0-9-]{36}
  huggingface: hf_ :: (?=[a-z]{0,30}[A-Z])[A-Za-z]{30,40}
  huggingface: hf_ :: [A-Za-z0-9]{34}
  huggingface: api_org_ :: [A-Za-z]{34}
  groq: gsk_ :: [A-Za-z0-9]{52}
  replicate: r8_ :: [A-Za-z0-9]{37,40}
  xai: xai- :: [A-Za-z0-9]{70,90}
  perplexity: pplx- :: [A-Za-z0-9]{32,64}
  tavily: tvly- :: (?:dev-|prod-)?[A-Za-z0-9-]{28,64}
  cerebras: csk- :: [a-z0-9]{40,60}
  fireworks: fw_ :: [A-Za-z0-9]{20,40}
  together: tgp_v1_ :: [\w-]{40,60}
  langsmith: lsv2_pt_ lsv2_sk_ :: [a-f0-9]{32}_[a-f0-9]{10}
  elevenlabs: sk_ :: [a-f0-9]{48}
  apify: apify_api_ apify_proxy_ :: [A-Za-z0-9]{34,40}
  firecrawl: fc- :: [a-f0-9]{32}
  brave: BSA :: [\w-]{28}
  nvidia: nvapi- :: [\w-]{60,70}
  voyage: pa- :: [\w-]{40,50}
  jina: jina_ :: [A-Za-z0-9]{60}
  openvsx: ovsxp_ ovsxat_ :: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}
  sidekiq: BUNDLE_ENTERPRISE__CONTRIBSYS__COM BUNDLE_GEMS__CONTRIBSYS__COM :: _?(?:TOKEN|Token|token)?["'\s:=,]{1,8}[a-f0-9]{8}:[a-f0-9]{8}
  segment: sgp_ :: [A-Za-z0-9]{64}
  helicone: sk-helicone- pk-helicone- :: [\w-]{24,60}
  modal: ak- as- :: (?=[a-z]{0,20}[A-Z0-9])[A-Za-z0-9]{22}
  runpod: rpa_ :: [A-Z0-9]{40,50}[a-z0-9]{0,8}
  friendli: flp_ :: [A-Za-z0-9]{46,50}
  llamaindex: llx- :: [A-Za-z0-9]{48}
  e2b: e2b_ :: [a-f0-9]{40}
  daytona: dtn_ :: [a-f0-9]{64}
  mem0: m0- :: [A-Za-z0-9]{40}
  wandb: wandb_v1_ :: [\w]{40,90}
  context7: ctx7sk- :: [a-f0-9-]{30,50}
`,
  { github: hasTokenChecksum, npm: hasTokenChecksum },
);

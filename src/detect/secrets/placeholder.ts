const PLACEHOLDER =
  /^(?:<.*>?|\$\{?.*|%[\w%].*%?|\{\{?.*|\[.*\]?|[*•xX.#_?-]{3,}.*|(?:your|my|the|a|an|some|insert|enter|put|add|replace|change|new|old|test|dummy|fake|sample|example|placeholder|redacted|masked|hidden|removed|secret|password|token|api|user|null|none|nil|undefined|true|false|string|process|os|env|config|this|self|settings|options|args|params|request|req|getenv|var|local|module|data)(?:[-_ .[{(]|[A-Z][a-z]{2}|$).*)/;
const SAMPLE =
  /(?:example|placeholder|redacted|changeme|change_me|your[_-]|dummy|xxxx|\*\*\*|\.\.\.|0{6}|123456789|abcdefgh|foobar|(?:some|my|user|your|test)_?pass(?:word)?|goes_?here|tokenhere|stringhere)/i;

/** Whether a value stands where a secret would be, and is none. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || SAMPLE.test(value) || new Set(value).size < 4;
}

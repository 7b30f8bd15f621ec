autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
# portcullis completion for bash; also read by zsh after bashcompinit
_portcullis() {
  local cur="${COMP_WORDS[COMP_CWORD]}" key="" word words="" i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in -*) break ;; esac
    if [ "$i" = 1 ]; then key="$word"; else case "$key $word" in "servers inspect"|"policy check"|"policy test"|"policy explain"|"policy replay"|"policy diff"|"policy suggest"|"policy apply"|"policy rollback"|"policy versions") key="$key $word" ;; esac; fi
  done
  case "$key" in
    "") words="init start serve up wrap unwrap connect disconnect proxy servers doctor logs why policy completion --help --version" ;;
    "init") words="--preset --import --help" ;;
    "start") words="--config --port --workers --help" ;;
    "serve") words="--config --port --workers --help" ;;
    "up") words="--config --port --workers --help" ;;
    "wrap") words="--name --config --all --move-secrets --dry-run --yes --json --help" ;;
    "unwrap") words="--all --dry-run --yes --json --help" ;;
    "connect") words="--url --config --dry-run --yes --json --help claude-desktop claude-code cursor vscode windsurf zed codex gemini copilot" ;;
    "disconnect") words="--dry-run --yes --json --help claude-desktop claude-code cursor vscode windsurf zed codex gemini copilot" ;;
    "proxy") words="--server --config --help" ;;
    "servers") words="--config --json --help inspect" ;;
    "servers inspect") words="--config --json --help $(awk '/^mcpServers:/ { on = 1; next } /^[^ #]/ { on = 0 } on && match($0, /^  [A-Za-z0-9][A-Za-z0-9._-]*:/) { print substr($0, 3, RLENGTH - 3) }' portcullis.yaml 2>/dev/null)" ;;
    "doctor") words="--config --json --help" ;;
    "logs") words="--follow --last --server --tenant --verdict --config --json --help" ;;
    "why") words="--tenant --config --json --help" ;;
    "policy") words="check test explain replay diff suggest apply rollback versions" ;;
    "policy check") words="--config --json --help" ;;
    "policy test") words="--min-score --voters --config --json --help" ;;
    "policy explain") words="--server --tool --prompt --resource --args --principal --role --tenant --voters --config --json --help" ;;
    "policy replay") words="--since --policy --server --principal --tenant --fail-on-change --config --json --help" ;;
    "policy diff") words="--since --server --principal --tenant --fail-on-change --config --json --help" ;;
    "policy suggest") words="--since --write --server --tenant --config --help" ;;
    "policy apply") words="--shadow --share --by --share-for --then --max-deny-rate --min-calls --now --message --config --json --help" ;;
    "policy rollback") words="--message --config --json --help" ;;
    "policy versions") words="--changes --config --json --help" ;;
    "completion") words="--help bash zsh fish" ;;
  esac
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --config) words="" ;;
    --server) words="$(awk '/^mcpServers:/ { on = 1; next } /^[^ #]/ { on = 0 } on && match($0, /^  [A-Za-z0-9][A-Za-z0-9._-]*:/) { print substr($0, 3, RLENGTH - 3) }' portcullis.yaml 2>/dev/null)" ;;
    --preset) words="development production high_security gdpr_focused" ;;
    --verdict) words="allow deny hold" ;;
    --by) words="tenant principal" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "${COMPREPLY[*]}" ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _portcullis portcullis

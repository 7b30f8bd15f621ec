# portcullis completion for bash; also read by zsh after bashcompinit
_portcullis() {
  local cur="${COMP_WORDS[COMP_CWORD]}" key="" word words="" i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in -*) break ;; esac
    if [ "$i" = 1 ]; then key="$word"; else case "$key $word" in "servers inspect"|"plugin test"|"access request"|"keys create"|"keys bootstrap"|"keys list"|"keys replace"|"keys revoke"|"keys inventory"|"keys rotate"|"keys unseal"|"tenants list"|"tenants create"|"tenants suspend"|"tenants resume"|"tenants export"|"tenants delete"|"users list"|"users add"|"users roles"|"users disable"|"users enable"|"users remove"|"sessions list"|"sessions revoke"|"users totp"|"secrets set"|"secrets list"|"secrets remove"|"privacy erase"|"policy check"|"policy test"|"policy explain"|"notifications test"|"notifications resend"|"policy replay"|"policy diff"|"policy suggest"|"policy apply"|"policy rollback"|"policy versions"|"audit verify"|"audit prove"|"audit checkpoint"|"audit export-log"|"audit witness") key="$key $word" ;; esac; fi
  done
  case "$key" in
    "") words="init start serve up wrap unwrap connect disconnect proxy servers doctor scan plugin logs audit export why approvals approve review access deny keys tenants users who-can what-can sessions login logout whoami secrets privacy policy notifications completion --help --version" ;;
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
    "scan") words="--kind --profile --plugin --trusted --json --help" ;;
    "plugin") words="test" ;;
    "plugin test") words="--data --sandbox --role --json --help" ;;
    "logs") words="--follow --last --since --until --principal --text --tenant --server --tool --method --client --verdict --rule --status --finding --classification --approval --session --request-id --config --json --help" ;;
    "audit") words="--follow --acts --trace --last --since --until --principal --text --tenant --server --tool --method --client --verdict --rule --status --finding --classification --approval --session --request-id --action --config --json --help verify prove checkpoint export-log witness" ;;
    "export") words="--format --output --redact --encrypt --recipient --last --since --until --principal --text --tenant --server --tool --method --client --verdict --rule --status --finding --classification --approval --session --request-id --action --config --help" ;;
    "why") words="--tenant --config --json --help" ;;
    "approvals") words="--all --server --principal --tenant --config --json --help" ;;
    "approve") words="--reason --args --delegate-to --approver --operation --tenant --config --json --help" ;;
    "review") words="--reason --approver --operation --tenant --config --json --help" ;;
    "access") words="request" ;;
    "access request") words="--for --reason --server --tool --resource --operation --rule --break-glass --principal --role --tenant --config --json --help" ;;
    "deny") words="--reason --approver --operation --tenant --config --json --help" ;;
    "keys") words="create bootstrap list replace revoke inventory rotate unseal" ;;
    "keys create") words="--principal --service-account --name --tenant --role --scope --server --tool --network --hours --days --timezone --expires --config --json --help" ;;
    "keys bootstrap") words="--config --json --help" ;;
    "keys list") words="--tenant --config --json --help" ;;
    "keys replace") words="--grace --config --json --help" ;;
    "keys revoke") words="--config --json --help" ;;
    "keys inventory") words="--config --json --help" ;;
    "keys rotate") words="--tenant --config --json --help" ;;
    "keys unseal") words="--config --json --help" ;;
    "tenants") words="list create suspend resume export delete" ;;
    "tenants list") words="--config --json --help" ;;
    "tenants create") words="--name --kind --parent --share --config --json --help" ;;
    "tenants suspend") words="--config --json --help" ;;
    "tenants resume") words="--config --json --help" ;;
    "tenants export") words="--to --config --json --help" ;;
    "tenants delete") words="--confirm --config --json --help" ;;
    "users") words="list add roles disable enable remove totp" ;;
    "users list") words="--tenant --config --json --help" ;;
    "users add") words="--role --service-account --name --tenant --config --json --help" ;;
    "users roles") words="--role --none --tenant --config --json --help" ;;
    "users disable") words="--tenant --config --json --help" ;;
    "users enable") words="--tenant --config --json --help" ;;
    "users remove") words="--tenant --config --json --help" ;;
    "who-can") words="--args --tenant --config --json --help" ;;
    "what-can") words="--server --tenant --config --json --help" ;;
    "sessions") words="list revoke" ;;
    "sessions list") words="--all --tenant --config --json --help" ;;
    "sessions revoke") words="--tenant --config --json --help" ;;
    "users totp") words="--remove --tenant --config --json --help" ;;
    "login") words="--gate --client-id --scope --config --json --help" ;;
    "logout") words="--gate --config --json --help" ;;
    "whoami") words="--gate --config --json --help" ;;
    "secrets") words="set list remove" ;;
    "secrets set") words="--tenant --config --json --help" ;;
    "secrets list") words="--tenant --config --json --help" ;;
    "secrets remove") words="--tenant --config --json --help" ;;
    "privacy") words="erase" ;;
    "privacy erase") words="--tenant --all-tenants --dry-run --confirm --config --json --help" ;;
    "policy") words="check test explain replay diff suggest apply rollback versions" ;;
    "policy check") words="--config --json --help" ;;
    "policy test") words="--min-score --voters --config --json --help" ;;
    "policy explain") words="--server --tool --prompt --resource --args --principal --role --tenant --voters --config --json --help" ;;
    "notifications") words="--state --tenant --config --json --help test resend" ;;
    "notifications test") words="--config --json --help" ;;
    "notifications resend") words="--config --json --help" ;;
    "policy replay") words="--since --policy --server --principal --tenant --fail-on-change --config --json --help" ;;
    "policy diff") words="--since --server --principal --tenant --fail-on-change --config --json --help" ;;
    "policy suggest") words="--since --write --server --tenant --config --help" ;;
    "policy apply") words="--shadow --share --by --share-for --then --max-deny-rate --min-calls --now --message --config --json --help" ;;
    "policy rollback") words="--message --config --json --help" ;;
    "policy versions") words="--changes --config --json --help" ;;
    "completion") words="--help bash zsh fish" ;;
    "audit verify") words="--tenant --since --offline --key --witness --config --json --help" ;;
    "audit prove") words="--output --tenant --config --help" ;;
    "audit checkpoint") words="--key --tenant --config --help" ;;
    "audit export-log") words="--output --from --tenant --config --help" ;;
    "audit witness") words="--name --state --log --host --port --help" ;;
  esac
  case "${COMP_WORDS[COMP_CWORD-1]}" in
    --config) words="" ;;
    --server) words="$(awk '/^mcpServers:/ { on = 1; next } /^[^ #]/ { on = 0 } on && match($0, /^  [A-Za-z0-9][A-Za-z0-9._-]*:/) { print substr($0, 3, RLENGTH - 3) }' portcullis.yaml 2>/dev/null)" ;;
    --preset) words="development production high_security gdpr_focused" ;;
    --kind) words="org tenant project" ;;
    --profile) words="basic standard enterprise" ;;
    --role) words="argument result definition resource prompt elicitation text" ;;
    --verdict) words="allow deny hold" ;;
    --status) words="open ok error denied held unknown" ;;
    --format) words="ndjson atom guardian ocsf cef tool_logs json csv parquet otlp" ;;
    --redact) words="none personal payload identity" ;;
    --state) words="due sent dead" ;;
    --by) words="tenant principal" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "${COMPREPLY[*]}" ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _portcullis portcullis

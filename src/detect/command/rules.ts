import type { Rule } from "../rule.ts";

const rule = (kind: string, score: number, why: string, source: string, flags = "i"): Rule => ({
  kind,
  score,
  why,
  pattern: new RegExp(source, flags),
});

/** Programs that attackers try first, and whose names are no words of a language. */
const SURE = String.raw`(?:cat|ls|id|whoami|uname|pwd|ping|curl|wget|nc|ncat|netcat|(?:ba|z|k|c|da)?sh|python[\d.]{0,6}|perl|powershell|pwsh|cmd|ipconfig|ifconfig|netstat|ps|rm|mv|cp|chmod|chown|nslookup|dig|hostname|tac|nl|grep|awk|gawk|sed|env|printenv|telnet|t?ftp|scp|ssh|socat|xxd|od|systeminfo|tasklist|taskkill|wmic|certutil|bitsadmin|mshta|rundll32|regsvr32|useradd|adduser|passwd|sudo|su|crontab|systemctl|dd|mkfs|df|du|tracert|traceroute|lsof|xterm|gcc|whereis|sysinfo|iptables|mysql|sendmail|dmesg|phpinfo|usermod|chpasswd|apt-get|mkdir|ln|expr|attrib|icacls|netsh|schtasks|pkill|arp|ver|vol|uptime|waitfor|printf)`;
/** Programs that are words too: only with something after them that a shell would take. */
const WORDY = String.raw`(?:sleep|echo|dir|type|touch|head|tail|more|less|find|tee|reg|shutdown|reboot|halt|service|mount|who|w|last|timeout|export|eval|exec|system|sc|start|route|which|history|mail|users|groups|finger|set|locate|strings|rev|sort|diff|wall|yum|git|make|read|let|test|vi|nano|del|tree|at|query|kill|host|net|ruby|php|node|lua|apt|date)`;
/** What follows a program: its end, another command, an option, a path, a number, something quoted or in a variable. */
const SHELLISH = String.raw`(?=\s{0,4}$|\s{0,4}[;|&<>)}\x60#]|(?:\s|%20|\+|\$ifs|\$\{ifs\}|,){1,4}(?:[-/$~%<>"'*\d\\{]|\.{1,2}[/\\]|[a-z]:\\|https?:|[\w-]{1,40}[./=]\w|(?:user|localgroup|view|add|query|stop)\b))`;
const END = String.raw`(?=$|[\s;|&<>()'"\x60#\\/{}$%,*]|\.exe)`;
const PATHED = String.raw`(?:[./~\w]{0,40}\/(?:bin|sbin|local|usr)\/[\w/]{0,40}|[a-z]:\\[\w\\]{0,80})?`;
const PROGRAM = `(?:${SURE}${END}|${WORDY}${SHELLISH})`;
/** A program name with marks in it that a shell takes away. */
const BROKEN = String.raw`[a-z]{1,8}(?:\\|''|""|\x60\x60|\$@|\$\*|\$\{\w?\}|\$[()]{2}){1,2}[a-z]`;

/** What no argument needs, in a command line neither. */
export const COMMAND_ANYWHERE: readonly Rule[] = [
  rule(
    "reverse-shell",
    0.98,
    "opens a shell to somebody else",
    String.raw`\/dev\/(?:tcp|udp)\/[\w.$-]{1,80}\/|\b(?:nc|ncat|netcat)\b[^\n|;]{0,60}\s-\w{0,6}[ec]\w{0,4}\s{1,4}\S{0,40}(?:sh|cmd)|\bmkfifo\b[^\n]{1,80}\b(?:nc|ncat|telnet|openssl)\b|\bsocket\b[^\n]{1,200}(?:dup2|subprocess|spawn|exec)|\bsocat\b[^\n]{1,80}exec:|\bbash\s{1,4}-i\b|powershell[^\n]{0,200}(?:tcpclient|-e(?:nc|ncodedcommand)?\s{1,4}[a-z0-9+/=]{20})|new-object\s{1,4}net\.webclient|downloadstring\s{0,4}\(`,
  ),
  rule(
    "download-and-run",
    0.95,
    "runs what it downloads",
    String.raw`\b(?:curl|wget|fetch)\b[^\n;&]{0,200}\|\s{0,4}(?:sudo\s{1,4})?(?:ba|z|da)?sh\b|\b(?:curl|wget)\b[^\n]{0,200}(?:&&|;)\s{0,4}(?:sudo\s{1,4})?(?:chmod\s{1,4}\S{1,8}x|(?:ba)?sh\s)|\b(?:ba)?sh\s{1,4}(?:-c\s{1,4})?["']?(?:<\(|\$\()\s{0,4}(?:curl|wget)|base64\s{1,4}-(?:d|-decode)[^\n]{0,80}\|\s{0,4}(?:ba|z)?sh\b|python[\d.]{0,6}\s{1,4}-c\s{1,4}["'][^\n]{0,200}(?:urlopen|exec\()|certutil\b[^\n]{0,80}-urlcache|bitsadmin\b[^\n]{0,40}\/transfer|mshta\s{1,4}https?:|regsvr32\b[^\n]{0,60}\/i:http`,
  ),
  rule(
    "wipe",
    0.95,
    "destroys what cannot be had again",
    String.raw`\brm\s{1,4}(?:-\w{1,12}\s{1,4}|--no-preserve-root\s{1,4}){1,4}(?:--\s{1,4})?["']?(?:\/(?:\s|$|\*|["'])|\/(?:bin|boot|etc|home|lib|root|usr|var)(?:\/?\s|\/?$|\/\*)|~(?:\s|$|\/(?:\s|$|\*))|\$home\b|\*\s{0,8}$)|:\s{0,2}\(\)\s{0,2}\{\s{0,2}:\s{0,2}\|\s{0,2}:\s{0,2}&\s{0,2}\}|\bmkfs(?:\.\w{1,8})?\s{1,4}\S{0,12}\s{0,4}\/dev\/|\bdd\b[^\n]{0,80}\bof=\/dev\/(?:sd|hd|nvme|vd|xvd|mmcblk)|>\s{0,2}\/dev\/sd[a-z]\b|\bformat\s{1,4}[c-z]:|\brd\s{1,4}\/s\b|\bdel\s{1,4}\/[fsq]\b[^\n]{0,20}\/[fsq]\b`,
  ),
  rule(
    "credentials",
    0.9,
    "reads credentials of this machine",
    String.raw`\b(?:cat|less|more|head|tail|cp|scp|curl|base64|type|strings|xxd)\b[^\n|;]{0,80}(?:\/etc\/shadow|\.ssh\/id_|\.aws\/credentials|\.netrc|\/etc\/sudoers|\.kube\/config|\.git-credentials|\.docker\/config\.json)|>>?\s{0,2}(?:~|\/\w{1,40}(?:\/\w{1,40})?)\/\.ssh\/authorized_keys|>>?\s{0,2}\/etc\/(?:passwd|shadow|sudoers|cron)`,
  ),
  rule(
    "shellshock",
    0.98,
    "a function that hides commands",
    String.raw`\(\)\s{0,4}\{\s{0,4}[:_\w]?\s{0,4};?\s{0,4}[\w;]{0,8}\s{0,4}\}\s{0,4};`,
  ),
];

/** What ends a value and begins a command. */
export const COMMAND_FRAGMENTS: readonly Rule[] = [
  rule(
    "separator",
    0.92,
    "a separator and a command after it",
    String.raw`(?:[;|]|&&?|\|\||%26|%7c|%3b|\$\(|<\(|>\()[\s"'(!@+]{0,6}(?:%20|\+|\$ifs(?:\$9)?|\$\{ifs\}){0,3}${PATHED}${PROGRAM}`,
  ),
  rule(
    "separator",
    0.9,
    "a command on a line of its own",
    String.raw`(?:[\n\r]|%0a|%0d|\\n|\\r)[\s"']{0,4}${PATHED}(?:${SURE}|${WORDY})${SHELLISH}`,
  ),
  rule(
    "substitution",
    0.92,
    "a command within a value",
    String.raw`\$\([\s"']{0,4}(?:${PATHED}${PROGRAM}|[^)\n]{0,60}[<>])[^)\n]{0,120}\)?|(?:^\s{0,4}|[^\s\x60(*])\x60[\s"']{0,4}${PATHED}${PROGRAM}[^\x60\n]{0,120}\x60|\|\s{0,4}base64\b|\$\{(?:ifs|\w{1,16}:\d|\w{1,16}[%#/^,@])[^}\n]{0,40}\}|\$ifs|\$\{@`,
  ),
  rule(
    "broken",
    0.9,
    "a command in disguise",
    String.raw`(?:^|[\s;|&])(?:${BROKEN})|\{(?:${SURE}|${WORDY}),[^}\s]{1,120}\}|\\x[0-9a-f]{2}\\x[0-9a-f]{2}|\/\?{2,3}\/\??\w{0,6}\?|\b(?:c\^a\^t|w\^h\^o|p\^o\^w)|%\w{1,16}:~\d|\$'\\(?:x|\d)|\bxxd\s{1,4}-r|\brev\s{0,4}<<<|<<<`,
  ),
  rule(
    "code",
    0.9,
    "calls the system from code",
    String.raw`\b(?:system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec|eval|assert|execl?[vp]{0,2}e?|spawn(?:Sync)?|execSync|call_user_func|create_function|expect)\s{0,4}\(\s{0,4}["'$\x60]|os\.(?:system|popen|exec)|subprocess\.|__import__\s{0,4}\(|require\s{0,4}\(\s{0,4}['"]child_process|runtime\.getruntime|processbuilder|kernel\.exec|io\.popen|<\?(?:php|=)|<!--\s{0,4}#(?:exec|include|echo)|<%\s{0,4}(?:eval|execute|=)|\bphpinfo\s{0,4}\(|wscript\.shell`,
  ),
  rule(
    "redirect",
    0.75,
    "writes or reads a file by redirection",
    String.raw`(?:^|[\s'";|&])(?:>{1,2}|<)\s{0,4}(?:\/(?:etc|tmp|var|dev|proc|home|root|usr)\/|\/dev\/null|[a-z]:\\)|2>&1|>&\s{0,2}\/|\|\|\s{0,4}\w{1,16}\s{1,4}-\w|(?:^|\s)&&?\s{0,4}\/?[\w/.-]{2,40}\s{1,4}[-/]\w`,
  ),
  rule(
    "leading",
    0.85,
    "begins with a separator",
    String.raw`^(?!&#?\w{2,8};)["'\s)]{0,4}(?:\|{1,2}|&&?|;)\s{0,4}[a-z./$][\w./$-]{0,40}(?:\s{1,4}(?:-{1,2}\w|[/~$%]|\.{1,2}[/\\])|[;|&])`,
  ),
  rule(
    "argument",
    0.85,
    "an option that runs something",
    String.raw`--(?:exec|checkpoint-action|use-askpass|upload-pack|receive-pack|open-files-in-pager|pre-invoke|to-command|rsh|config-env|output-document|unix-socket)(?:=|\s)|-o\s{0,4}proxycommand|(?:^|\s)-exec\s|\bext::sh\b|^-{1,2}[\w-]{1,24}[= ].{0,40}(?:;|\||\x60|\$\()`,
  ),
  rule(
    "program",
    0.75,
    "a command where a value was expected",
    String.raw`^["'\s]{0,3}(?:\/(?:usr\/)?s?bin\/\w{1,20}|cmd(?:\.exe)?\s{1,4}\/c|(?:ba)?sh\s{1,4}-c|powershell(?:\.exe)?\s)|\/bin\/(?:ba|z|c|k)?sh\b|\bcmd\.exe\b|\b(?:cat|type|more|less|head|tail|ls|dir|nl|tac)\s{1,4}(?:-\w{1,8}\s{1,4})?(?:\/etc\/|c:\\|\/proc\/|\.\.\/)|\bping\s{1,4}-[nci]\s{0,4}\d{1,4}\s{1,4}[\d.]{7,15}`,
  ),
];

/** A command as the whole of a value that is not named as one: what those run first who look around. */
export const COMMAND_PROBES: readonly Rule[] = [
  rule(
    "probe",
    0.75,
    "a command that looks around, where a value was expected",
    String.raw`^["'\s]{0,3}(?:(?:\/usr)?\/s?bin\/)?(?:net\s{1,4}(?:user|localgroup|group|view|share|start|use|accounts)\b|netstat\s{1,4}[-/]\w|ipconfig(?:\.exe)?\b|ifconfig\b(?:\s{1,4}-a)?$|systeminfo\b|tasklist\b|sysinfo\b|whoami\b|id$|uname(?:\s{1,4}-a)?$|pwd$|ls$|env$|printenv$|reg\s{1,4}(?:add|query|save)\b|netsh\s{1,4}\w{2,12}\s{1,4}(?:set|show|add)\b|ver$|(?:ls|dir|find)\s{1,4}(?:-\w{1,8}\s{1,4})?(?:\/(?:etc|var|home|tmp|root|usr|proc|bin|opt)?(?:\/|\s|$)|[a-z]:\\|\.\.)|(?:cat|type|more|less|head|tail|tac|nl)\s{1,4}(?:-\w{1,8}\s{1,4})?(?:\/(?:etc|proc|var\/log|root|home)\/|[a-z]:\\|\.\.\/|\$)|sleep\s{1,4}\d{1,4}$|timeout\s{1,4}\/?t?\s?\d{1,4}$|ping\s{1,4}(?:-[cnit]\s{0,4}\d{1,5}\s{1,4}|-i\s{1,4}\d{1,5}\s{1,4}){1,3}[\w.]{4,60}$|(?:curl|wget|fetch|lynx)\s{1,4}(?:-\w{1,8}\s{1,4}){0,3}["']?https?:\/\/[^\s]{1,200}\.(?:txt|sh|py|php|pl|exe|ps1|html?)\b|echo\s{1,4}["']?<(?:\?|%|script|img|iframe)|perl\s{1,4}-e\s|php\s{1,4}-r\s|nslookup\s{1,4}\S{4,80}$|phpinfo\(\)|useradd\b|adduser\b)`,
  ),
];

/** What a template engine, a parser or an expression language would carry out. */
export const TEMPLATES: readonly Rule[] = [
  rule(
    "template",
    0.9,
    "an expression that a template would carry out",
    String.raw`\{\{[^{}\n]{0,120}(?:\d{1,8}\s{0,4}[*+/-]\s{0,4}['"]?\d{1,8}|__\w{2,24}__|\bconfig\b|\bself\b|request\.|\.mro\b|_self\b|\bcycler|\blipsum|\bjoiner|\bnamespace\(|\['|constructor|\|\s{0,4}(?:attr|filter|map|system|sort)|\bsystem\b|\bexec\b|popen|\bdump\(|app\.|range\.|this\.|\$on|\.toString|getClass)|\{%\s{0,4}(?:for|if|set|import|include|debug|raw|macro|extends|block|with|autoescape)\b[^%]{0,200}%?\}?|[$#@*]\{\s{0,4}(?:\d{1,8}\s{0,4}[*+]\s{0,4}['"]?\d{1,8}|t\(|#|''|\w{1,40}\.getclass|class\.|runtime|request|session|application|header|param|new\s|\(#|@java|jndi:|self|pagecontext|\w{1,40}\.\w{1,40}\(|"\w{0,20}"\.|7|ex\()|<%=?\s{0,4}(?:\d{1,8}\s{0,4}\*|system|exec|file|dir|\x60|io\.|kernel|request|global|foo|import|runtime|out\.|self|open|require)|#set\s{0,4}\(\s{0,4}\$|\$\w{1,20}\.(?:class|getclass|inspect)|<#assign\b|freemarker|\$\{\{|\{\{=|\[\[\$?\{|\[#?\s{0,4}assign|\{php\}|\{system\(|\{\$smarty|\{\{['"]?\w{0,24}['"]?\}\}\[|\{\{\s{0,4}['"(\[]|@\(\s{0,4}\d{1,4}\s{0,4}[+*]|~\{\$|\{\{[^{}\n]{1,40}\|\s{0,4}\w{1,20}\(|\{[^{}\n]{0,20}\b(?:if|system|literal|eval)\b[^{}\n]{0,80}\}|@\{|\*\{|\{#\w{1,40}\}|__\$\{|__(?:class|globals|builtins|subclasses|init|mro|bases?|import)__`,
  ),
  rule(
    "lookup",
    0.98,
    "a lookup that loads code",
    String.raw`\$\{\s{0,4}(?:jndi|(?:lower|upper|env|sys|date|::-|java|base64|ctx|main|bundle|docker|k8s):)|\bjndi:(?:ldap|rmi|dns|iiop)`,
  ),
  rule(
    "xxe",
    0.95,
    "an entity that reads from elsewhere",
    String.raw`<!(?:entity|doctype)[^>]{0,300}(?:system|public|%|\[)|<!entity\s|<xi:include\b|xmlns:xi=`,
  ),
];

import { rule, type Rule } from "../rule.ts";
import { isBrokenName, LINE, PATHED, PIPED, PROGRAM, SURE, WORDY } from "./programs.ts";

/** What no argument needs, in a command line neither. */
export const COMMAND_ANYWHERE: readonly Rule[] = [
  rule(
    "reverse-shell",
    0.98,
    "opens a shell to somebody else",
    "/dev/ nc ncat netcat mkfifo socket socat bash powershell net.webclient downloadstring",
    String.raw`\/dev\/(?:tcp|udp)\/[\w.$-]{1,80}\/|\b(?:nc|ncat|netcat)\b[^\n|;]{0,60}\s-\w{0,6}[ec]\w{0,4}\s{1,4}\S{0,40}(?:sh|cmd)|\bmkfifo\b[^\n]{1,80}\b(?:nc|ncat|telnet|openssl)\b|\bsocket\b[^\n]{1,200}(?:dup2|subprocess|spawn|exec)|\bsocat\b[^\n]{1,80}exec:|\bbash\s{1,4}-i\b|powershell[^\n]{0,200}(?:tcpclient|-e(?:nc|ncodedcommand)?\s{1,4}[a-z0-9+/=]{20})|new-object\s{1,4}net\.webclient|downloadstring\s{0,4}\(`,
  ),
  rule(
    "download-and-run",
    0.95,
    "runs what it downloads",
    "curl wget fetch base64 python certutil bitsadmin mshta regsvr32",
    String.raw`\b(?:curl|wget|fetch)\b[^\n;&]{0,200}\|\s{0,4}(?:sudo\s{1,4})?(?:ba|z|da)?sh\b|\b(?:curl|wget)\b[^\n]{0,200}(?:&&|;)\s{0,4}(?:sudo\s{1,4})?(?:chmod\s{1,4}\S{1,8}x|(?:ba)?sh\s)|\b(?:ba)?sh\s{1,4}(?:-c\s{1,4})?["']?(?:<\(|\$\()\s{0,4}(?:curl|wget)|base64\s{1,4}-(?:d|-decode)[^\n]{0,80}\|\s{0,4}(?:ba|z)?sh\b|python[\d.]{0,6}\s{1,4}-c\s{1,4}["'][^\n]{0,200}(?:urlopen|exec\()|certutil\b[^\n]{0,80}-urlcache|bitsadmin\b[^\n]{0,40}\/transfer|mshta\s{1,4}https?:|regsvr32\b[^\n]{0,60}\/i:http`,
  ),
  rule(
    "wipe",
    0.95,
    "destroys what cannot be had again",
    "rm () dd /dev/ format rd del",
    String.raw`\brm\s{1,4}(?:-\w{1,12}\s{1,4}|--no-preserve-root\s{1,4}){1,4}(?:--\s{1,4})?["']?(?:\/(?:\s|$|\*|["'])|\/(?:bin|boot|etc|home|lib|root|usr|var)(?:\/?\s|\/?$|\/\*)|~(?:\s|$|\/(?:\s|$|\*))|\$home\b|\*\s{0,8}$)|:\s{0,2}\(\)\s{0,2}\{\s{0,2}:\s{0,2}\|\s{0,2}:\s{0,2}&\s{0,2}\}|\bdd\b[^\n]{0,80}\bof=\/dev\/(?:sd|hd|nvme|vd|xvd|mmcblk)|>\s{0,2}\/dev\/sd[a-z]\b|\bformat\s{1,4}[c-z]:|\brd\s{1,4}\/s\b|\bdel\s{1,4}\/[fsq]\b[^\n]{0,20}\/[fsq]\b`,
  ),
  rule(
    "wipe",
    0.8,
    "makes a file system where another may be",
    "mkfs",
    String.raw`\bmkfs(?:\.\w{1,8})?\s{1,4}\S{0,12}\s{0,4}\/dev\/`,
  ),
  rule(
    "credentials",
    0.9,
    "reads credentials of this machine",
    "shadow id_ credentials netrc sudoers .kube git-cred docker authorized /etc/",
    String.raw`\b(?:cat|less|more|head|tail|cp|scp|curl|base64|type|strings|xxd)\b[^\n|;]{0,80}(?:\/etc\/shadow|\.ssh\/id_|\.aws\/credentials|\.netrc|\/etc\/sudoers|\.kube\/config|\.git-credentials|\.docker\/config\.json)|>>?\s{0,2}(?:~|\/\w{1,40}(?:\/\w{1,40})?)\/\.ssh\/authorized_keys|>>?\s{0,2}\/etc\/(?:passwd|shadow|sudoers|cron)`,
  ),
  rule(
    "shellshock",
    0.98,
    "a function that hides commands",
    "()",
    String.raw`(?<!\w)\(\)\s{0,4}\{\s{0,4}[:_\w]\s{0,4};?\s{0,4}[\w;]{0,8}\s{0,4}\}\s{0,4};`,
  ),
];

/** What ends a value and begins a command. */
export const COMMAND_FRAGMENTS: readonly Rule[] = [
  rule(
    "separator",
    0.92,
    "a separator and a command after it",
    "; | & %26 %7c %3b $( <( >(",
    String.raw`(?:;|&&?|\|\||%26|%3b|\$\(|<\(|>\()[\s"'(!@+]{0,6}(?:%20|\+|\$ifs(?:\$9)?|\$\{ifs\}){0,3}${PATHED}${PROGRAM}|(?:(?<!\|)\||%7c)${PIPED}`,
  ),
  {
    ...rule(
      "separator",
      0.9,
      "a command on a line of its own",
      "%0 \\n \\r",
      String.raw`(?:[\n\r]|%0a|%0d|\\n|\\r)[\s"']{0,4}${PATHED}${LINE}`,
    ),
    needs: ["\n", "\r", "%0", "\\n", "\\r"],
  },
  rule(
    "substitution",
    0.92,
    "a command within a value",
    "$( \x60 base64 ${ $ifs",
    String.raw`\$\([\s"'\x60]{0,4}(?:${PATHED}${PROGRAM}|(?:echo|printf|rev|tr)\s|[^)\n]{0,60}[<>])[^)\n]{0,120}\)?|(?:^\s{0,4}|[^\s\x60(*])\x60[\s"']{0,4}${PATHED}${PROGRAM}[^\x60\n]{0,120}\x60|\w\x60echo\s|\|\s{0,4}base64\s{1,4}-d|\$\{(?:ifs|\w{1,16}:\d|\w{1,16}[%#/^,@])[^}\n]{0,40}\}|\$ifs|\$\{@`,
  ),
  {
    ...rule(
      "broken",
      0.9,
      "a command in disguise",
      "\\ '' \"\" ' \" \x60\x60 $@ $* ${ $() ^",
      String.raw`(?:^|[\s;|&(/])[\w/.]{1,12}(?:(?:\\|''|""|'\w{1,8}'|"\w{1,8}"|\x60\x60|\$@|\$\*|\$\{\w?\}|\$\(\)|\^){1,2}[\w/.-]{1,12}){1,8}`,
    ),
    holds: isBrokenName,
  },
  rule(
    "broken",
    0.9,
    "a command in disguise",
    "{ \\x ? % $' xxd rev <<<",
    String.raw`\{(?:${SURE}|${WORDY}|cat|ping),[^}\s]{1,120}\}|\\x[2-7][0-9a-f]\\x[2-7][0-9a-f]|\/\?{2,3}\/\??\w{0,6}\?|\/s?bin\/\w{0,4}\?\w{0,4}(?=\s|$)|(?:^|[\s;|&])\/[\w?]{0,4}\?[\w?]{0,4}\/[\w?]{0,6}\?[\w?]{0,6}(?=\s|$)|%\w{1,24}:~-?\d|\$'[^'\n]{0,20}\\(?:x|\d)|\bxxd\s{1,4}-r|\brev\s{0,4}<<<|<<<`,
  ),
  rule(
    "code",
    0.9,
    "calls the system from code",
    "( os. subprocess runtime processbuilder kernel. io.popen <? <! <% wscript",
    String.raw`(?<![\w$.])(?:system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec|eval|assert|execl?[vp]{0,2}e?|spawn(?:Sync)?|execSync|call_user_func|create_function|expect)\s{0,4}\(\s{0,4}["'$\x60]|\bos\.(?:system|popen|exec\w{0,3})\s{0,2}\(|subprocess\.(?:popen|call|run|check_output|getoutput)\s{0,2}\(|__import__\s{0,4}\(|require\s{0,4}\(\s{0,4}['"]child_process|runtime\.getruntime|processbuilder\s{0,2}\(|kernel\.exec|io\.popen|<\?(?:php|=)|<!--\s{0,4}#(?:exec|include|echo)|<%\s{0,4}(?:eval|execute|=)|\bphp(?:info|version)\s{0,4}\(|wscript\.shell`,
  ),
  rule(
    "redirect",
    0.75,
    "writes or reads a file by redirection",
    "> < & || $_",
    String.raw`(?:^|[\s'";|&\w])(?:>{1,2}|<)\s{0,4}(?:\/(?:etc|tmp|var|dev|proc|home|root|usr)\/|[a-z]:\\)|2>&1|>&\s{0,2}\/|\|\|\s{0,4}\w{1,16}\s{1,4}-\w|(?:^|\s)&&?\s{0,4}\/?[\w/.-]{2,40}\s{1,4}[-/]\w|\$_(?:get|post|request|server|cookie)\[`,
  ),
  rule(
    "leading",
    0.85,
    "begins with a separator",
    "| & ;",
    String.raw`^(?!&#?\w{2,8};)["'\s)]{0,4}(?:\|{1,2}|&&?|;)\s{0,4}[a-z./$][\w./$-]{0,40}(?:\s{1,4}(?:-{1,2}\w|[/~$%]|\.{1,2}[/\\])|[;|&])`,
  ),
  rule(
    "argument",
    0.85,
    "an option that runs something",
    "- ext::",
    String.raw`--(?:exec|checkpoint-action|use-askpass|upload-pack|receive-pack|open-files-in-pager|pre-invoke|to-command|rsh|config-env|output-document|unix-socket|gpu-launcher)(?:=|\s)|-o\s{0,4}proxycommand|(?:^|\s)-exec\s|\bext::sh\b|^-{1,2}[\w-]{1,24}[= ].{0,40}(?:;|\||\x60|\$\()|(?:^|\s)-o['"]?\|`,
  ),
  rule(
    "program",
    0.75,
    "a command where a value was expected",
    "bin sh cmd cat type more less head tail ls dir nl tac ping",
    String.raw`^["'\s]{0,3}(?:\/(?:usr\/)?s?bin\/\w{1,20}|cmd(?:\.exe)?\s{1,4}\/c|(?:ba)?sh\s{1,4}-c|powershell(?:\.exe)?\s{1,4}["&/-])|\/bin\/(?:ba|z|c|k)?sh\b|\bcmd\.exe\b|\b(?:cat|type|more|less|head|tail|ls|dir|nl|tac)(?:\s{1,4}(?:-\w{1,8}\s{1,4})?|\s{0,2}<\s{0,2})(?:\/etc\/|c:\\|\/proc\/|\.\.\/)|\bping\s{1,4}-[nci]\s{0,4}\d{1,4}\s{1,4}[\d.]{7,15}`,
  ),
];

/** A command as the whole of a value that is not named as one: what those run first who look around. */
export const COMMAND_PROBES: readonly Rule[] = [
  rule(
    "probe",
    0.75,
    "a command that looks around, where a value was expected",
    "net ipconfig ifconfig sys task whoami id uname pwd ls env reg ver dir find cat type more less head tail tac nl sleep timeout ping curl wget fetch lynx echo perl php nslookup user",
    String.raw`^["'\s]{0,3}(?:(?:\/usr)?\/s?bin\/)?(?:net\s{1,4}(?:user|localgroup|group|view|share|start|use|accounts)\b|netstat\s{1,4}[-/]\w|ipconfig(?:\.exe)?\b|ifconfig\b(?:\s{1,4}-a)?$|systeminfo\b|tasklist\b|sysinfo\b|whoami\b|uname(?:\s{1,4}-a)?$|pwd$|ls$|printenv$|reg\s{1,4}(?:add|query|save)\b|netsh\s{1,4}\w{2,12}\s{1,4}(?:set|show|add)\b|(?:ls|dir|find)\s{1,4}(?:-\w{1,8}\s{1,4})?(?:\/(?:etc|var|home|tmp|root|usr|proc|bin|opt)?(?:\/|\s|$)|[a-z]:\\|\.\.)|(?:cat|type|more|less|head|tail|tac|nl)\s{1,4}(?:-\w{1,8}\s{1,4})?(?:\/(?:etc|proc|var\/log|root|home)\/|[a-z]:\\|\.\.\/|\$)|sleep\s{1,4}\d{1,4}$|timeout\s{1,4}\/?t?\s?\d{1,4}$|ping\s{1,4}(?:-[cnit]\s{0,4}\d{1,5}\s{1,4}|-i\s{1,4}\d{1,5}\s{1,4}){1,3}[\w.]{4,60}$|(?:curl|wget|fetch|lynx)\s{1,4}(?:-\w{1,8}\s{1,4}){0,3}["']?https?:\/\/[^\s]{1,200}\.(?:txt|sh|py|php|pl|exe|ps1|html?)\b|echo\s{1,4}["']?<(?:\?|%|script|img|iframe)|perl\s{1,4}-e\s|php\s{1,4}-r\s|nslookup\s{1,4}\S{4,80}$|phpinfo\(\)|useradd\b|adduser\b)`,
  ),
];

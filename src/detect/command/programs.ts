/** Programs that attackers try first, and whose names are no words of a language. */
const SURE_NAMES =
  "ls id whoami uname pwd nc ncat netcat sh bash zsh ksh csh dash powershell pwsh cmd ipconfig ifconfig netstat ps rm mv cp chmod chown nslookup tac nl " +
  "gawk printenv telnet ftp tftp scp ssh socat xxd systeminfo tasklist taskkill wmic certutil bitsadmin mshta rundll32 regsvr32 useradd adduser passwd " +
  "sudo crontab systemctl mkfs tracert traceroute lsof xterm gcc whereis sysinfo iptables sendmail dmesg phpinfo usermod chpasswd apt-get mkdir attrib " +
  "icacls netsh schtasks pkill waitfor busybox nmap dpkg getent setsid journalctl openssl strace egrep awk sed grep wget curl nohup lsb_release " +
  "get-content get-childitem get-process get-wmiobject start-sleep start-process invoke-expression invoke-webrequest iex iwr hostname arp ver vol df du od dd su uptime";
/** Programs that are words too: only with something after them that a shell would take. */
const WORDY_NAMES =
  "sleep echo dir type touch head tail more less find tee reg shutdown reboot halt service mount who w last timeout eval exec system sc start " +
  "which history mail users groups finger set locate strings rev sort diff wall vi nano del tree at query kill host net ruby php node lua date printf env";
/** Names that people write beside others; only with what they would be given. */
const GIVEN_NAMES =
  "cat ping python python2 python3 perl mysql dig expr ln docker kubectl tar zip route git make";
/** Programs that only pass on what stands before a pipe: no attack begins with one that is given no file. */
const FILTER_NAMES =
  "grep egrep fgrep awk gawk sed nl tac xxd od strings rev sort cut wc tr uniq xargs less more head tail tee jq column base64 date type find host last at set users groups query tree";

const alternatives = (names: string): string => names.replaceAll(" ", "|");
const lower = (names: string): string => `(?-i:${alternatives(names)})`;

/** What a program is given: an option, a path, a number, something quoted or in a variable. */
const GIVEN = String.raw`(?:\s|%20|\+|\$ifs|\$\{ifs\}|,){1,4}(?:[-/$~%<>"'*\d\\{]|\.{1,2}[/\\]|[a-z]:\\|https?:|localhost\b|[\w-]{1,40}[./=]\w|(?:user|localgroup|view|add|query|stop)\b)|\s{0,4}[<>]\s{0,4}[\w/.$]|\$ifs|\$\{ifs`;
const SHELLISH = String.raw`(?=\s{0,4}$|\s{0,4}[;|&<>)}\x60#]|${GIVEN})`;
const END = String.raw`(?=$|[\s;|&<>()'"\x60#\\/{}$%,*+]|\.exe)`;

export const SURE = `(?:${alternatives(SURE_NAMES)})`;
export const WORDY = `(?:${lower(WORDY_NAMES)})`;
export const PATHED = String.raw`(?:[./~\w]{0,40}\/(?:bin|sbin|local|usr)\/[\w/]{0,40}|[a-z]:\\[\w\\]{0,80})?`;
/** Whatever a shell would run, as the beginning of a command. */
export const PROGRAM = `(?:${SURE}${END}|${WORDY}${SHELLISH}|${lower(GIVEN_NAMES)}(?=${GIVEN}))`;
/** After a pipe. */
export const PIPED = String.raw`(?!\s{1,4}[\w -]{1,40}\s{1,4}\|)(?!(?<=\w\|)\w{1,20}(?:\|\w|\)))[\s"'(!@+]{0,6}(?:%20|\+|\$ifs(?:\$9)?|\$\{ifs\}){0,3}${PATHED}(?:(?!(?:${alternatives(FILTER_NAMES)})\b)${PROGRAM}|(?:${lower(FILTER_NAMES)})\b(?=[^\n|;&]{0,60}(?:[\s<](?:\/(?:etc|proc|var|root|home|usr|tmp)\b|~\/|\.\.\/|[a-z]:\\)|\$\()))`;
/** On a line of its own: words that begin an ordinary line as well are left out. */
export const LINE = `(?:${SURE}${SHELLISH}|${lower("sleep echo dir touch head tail tee reg shutdown timeout cat ping")}(?=${GIVEN}))`;

const NAMES = new Set(`${SURE_NAMES} ${GIVEN_NAMES} sleep echo head tail find more less env`.split(" "));

/** Whether letters are the name of a program once the marks are gone that a shell takes away: `w\ho''ami`. */
export function isBrokenName(found: string): boolean {
  const plain = found.replaceAll(/[\s;|&(]|\\|['"^\x60]|\$[@*]|\$\{\w?\}|\$\(\)/g, "");
  return NAMES.has(plain.slice(plain.lastIndexOf("/") + 1).toLowerCase());
}

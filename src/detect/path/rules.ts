import { rule, type Rule } from "../rule.ts";

const ENCODED_DOT = String.raw`(?:%2e|%252e|%c0%[26ae]e|%e0%[48]0%ae|%u002e|%uff0e|\\u002e|0x2e|%25c0%25ae|%%32%65|%%32e|%ff0e|%ae)`;
const DOT = String.raw`(?:\.|${ENCODED_DOT})`;
const ENCODED_SLASH = String.raw`(?:[∕⁄／＼]|%2f|%5c|%252f|%255c|%c0%(?:af|2f|5c|9v|qf)|%c1%(?:9c|1c|8s|pc|af)|%e0%80%af|%f0%80%80%af|%f8%80%80%80%af|%fc%80%80%80%80%af|%u2215|%u2216|%uefc8|%uf025|%bg%qf|%25c0%25af|%25c1%259c|%%32%66|%%35%63|%%35c|%%32f|\\u2215|\\u2216|0x2f|0x5c)`;
const SLASH = String.raw`(?:[\\/]|${ENCODED_SLASH})`;
const UP = `${DOT}{2}[;.]{0,3}${SLASH}{1,6}`;

const SECRET_FILES = String.raw`(?:etc${SLASH}{1,4}(?:passwd|shadow|group|hosts|sudoers|issue|motd|fstab|crontab|ssh|mysql|apache2?|httpd|nginx|php|samba|resolv|network|inetd|redhat-release|lsb-release|profile|bash|environment|gshadow|master\.passwd|security|ftp|exports|init|rc|sysconfig|syslog|vsftpd|proftpd|my\.cnf|cron|ldap|kubernetes)|proc${SLASH}{1,4}(?:self|\d{1,8}|version|cmdline|net|cpuinfo|mounts|sched|stat|verify)|win(?:dows|nt)${SLASH}{1,4}(?:win\.ini|system\.ini|system32|repair|php\.ini|panther|debug|my\.ini|system|iis|temp)|boot\.ini|win\.ini|(?:usr|opt|var)${SLASH}{1,4}(?:local|log|www|lib|apache2?|lampp|mail|run|adm|spool|share|pkg|etc|cpanel|webmin)\b|\.ssh${SLASH}|id_[rd]sa\b|\.aws${SLASH}|\.(?:htpasswd|htaccess|bash_history|bashrc|profile|netrc|pgpass|git-credentials|mysql_history|env)\b|root${SLASH}|web-inf|web\.config|wp-config\.php|config\.(?:php|inc|asp)|inetpub|autoexec\.bat|xampp|apache${SLASH}|logs?${SLASH}(?:access|error))`;

/** Going up by encodings that nobody writes by accident, or far, or to a file that holds secrets. */
export const PATHS: readonly Rule[] = [
  rule(
    "encoded",
    0.95,
    "goes up to a parent folder in disguise",
    "% 0x .. \\u",
    `(?:${ENCODED_DOT}${DOT}|${DOT}${ENCODED_DOT})[;.]{0,3}${SLASH}|\\.\\.[;.]{0,3}${ENCODED_SLASH}`,
  ),
  rule(
    "encoded",
    0.95,
    "a slash or dot in an encoding that nothing legal writes",
    "% 0x",
    String.raw`%c[01](?:%|\.|qf)|%e0%80|%f0%80%80|%f8%80%80|%fc%80%80|%u(?:2215|2216|efc8|f025|002e)|%bg%qf|%25c[01]|%3(?:2%6[56]|5%63)|%%3[25]|(?:0x2e){1,2}[\\/]?(?:0x2[ef]|0x5c)|(?:0x2f|0x5c)[^\n]{0,60}(?:0x2f|0x5c)|%252e|%255c|%252f\.\.|\.\.%252f`,
  ),
  rule(
    "encoded",
    0.9,
    "a file of the system behind encoded slashes",
    "%2f %5c 0x %u",
    `(?:%2f|%5c|0x2f|0x5c|%u221[56])(?:etc|windows|winnt|proc|boot\\.ini)(?:%2f|%5c|0x2f|0x5c|%u221[56]|$)`,
  ),
  rule(
    "disguised",
    0.95,
    "goes up to a parent folder in disguise",
    ".. % \\/ \\. ?/ ?\\",
    String.raw`(?:\.\.(?:2f|5c)){2}|\\\.\\\.\\?\/|(?:[.?]\?[\\/]){3}|\.{8}[\\/]|(?<!\.)\.{3,6}[\\/]{2}|(?:\.\.[\\/]{2,6}){2}|(?:\.[\\/]{1,3}\.\.[\\/]{1,3}){2}|(?:\.[\\/]{2,3}\.\.[\\/]{2,3})|\.\/\\\/\.|(?<!\.)(?:\.{3,8}[\\/]){2}|^\.{3,4}[\\/]|\.\.;{1,8}[\\/]|(?:\.\.\\\/){2}|(?:\.\.\/\\){2}|(?:\.\.\\\\\/)|\/%2e%2e|\.\.%(?:00|01|0d|0a|5c|2f|25)|(?:^|[\\/])\.%00\.[\\/]|(?:^|[\\/])\.{2}[\x00-\x1f]`,
  ),
  rule("far", 0.9, "goes up three folders or more", ".. % 0x \\u", `(?:${UP}){3}`),
  rule(
    "secret-file",
    0.9,
    "goes up to a file of the system",
    ".. % 0x \\u",
    `${UP}(?:[\\w.-]{1,40}${SLASH}){0,4}${SECRET_FILES}`,
  ),
  rule(
    "secret-file",
    0.85,
    "a file of the system that no task needs",
    "/ \\ id_rsa",
    String.raw`(?:^|[\s"'=:(@])(?:file:\/{1,3}|[a-z]:)?[\\/]{1,3}(?:(?:\.|\?{1,2})[\\/]{1,3}){0,12}(?:etc[\\/]{1,3}(?:passwd|shadow|gshadow|sudoers|master\.passwd|security[\\/])|proc[\\/]{1,3}\w{1,20}[\\/]|root[\\/]\.|boot\.ini|windows[\\/](?:win\.ini|system\.ini|system32[\\/](?:config|drivers)|repair|panther)|winnt[\\/]|var[\\/](?:lib[\\/]mysql|mail[\\/]|run[\\/]secrets)|usr[\\/]local[\\/](?:apache|etc[\\/](?:httpd|apache|php)|php|nginx|cpanel|pgsql)|opt[\\/](?:lampp|apache|xampp)|inetpub|xampp|apache|php\d?[\\/]|program files[\\/](?:apache|filezilla|mysql|xampp)|documents and settings)|~[\\/]\.(?:ssh|aws|gnupg|netrc|kube|docker)|(?:^|[\\/])\.ssh[\\/](?:id_|authorized)|(?:^|[\\/])id_rsa\b`,
  ),
  rule(
    "terminated",
    0.9,
    "ends a path with a zero byte",
    "%00 %2500 \\x00 \0",
    String.raw`(?<=[\w./\\-])(?:%00|%2500|\\x00|\x00)(?=\.|$|[\w.]{1,8}$)|(?:^|[\\/])(?:%00|\x00)`,
  ),
  rule(
    "up",
    0.75,
    "goes up two folders",
    ".. % 0x \\u",
    `^["'\\s]?(?:\\.?${SLASH})?(?:${UP}){2}[\\w.@~%{}-]{0,80}(?:${SLASH}[\\w.@~%{}-]{1,80}){0,12}${SLASH}?["'\\s]?$`,
  ),
  rule(
    "up",
    0.75,
    "goes up from within a folder",
    ".. % 0x \\u",
    `^["'\\s]?(?:${SLASH}|[a-z]:)?(?:[\\w.@~-]{1,60}${SLASH}){1,8}${UP}(?:${UP}){1,40}`,
  ),
  rule(
    "stream",
    0.85,
    "a name that the file system reads otherwise",
    "::$ \\\\ ://",
    String.raw`::\$(?:data|index_allocation)|^\\\\[?.]\\|\\\\[\w.-]{1,60}\\(?:c|admin|ipc)\$|^php:\/\/|^(?:zip|phar|expect|glob|data|compress\.\w{1,12}):\/\/`,
  ),
  rule("up", 0.75, "goes up from the top", "/.. \\..", String.raw`^["'\s]?[\\/]{1,4}\.\.[\\/]`),
  rule(
    "system-file",
    0.6,
    "a file of the system",
    "/etc/ /proc/ /root/ /var/ /boot/ \\ :/",
    String.raw`^["'\s]?(?:file:\/\/)?\/(?:etc|proc|root|boot|var\/(?:log|spool|mail|lib\/(?:mysql|pgsql|php)|backups|adm|run\/secrets))\/[\w@%+~,./-]{1,120}["'\s]?$|^["'\s]?[a-z]:[\\/]{1,2}(?:windows|winnt|boot\.ini|inetpub|system32|documents and settings|program files[^\\/]{0,8}[\\/]{1,2}(?:apache|mysql|xampp|filezilla|php)|xampp|wamp|mysql|apache|php)\b`,
  ),
  rule(
    "secret-file",
    0.7,
    "a file that keeps credentials",
    ".ht .rhosts .shosts .netrc .pgpass _history .git -inf .aws .kube .docker tomcat-users wp-config",
    String.raw`(?:^|[\\/])\.(?:htpasswd|rhosts|shosts|netrc|pgpass|git-credentials|git[\\/](?:config|index|head)|aws[\\/](?:credentials|config)|kube[\\/]config|docker[\\/]config\.json|(?:bash|zsh|mysql|psql|python)_history)["'\s]?$|(?:^|[\\/])(?:(?:web|meta)-inf[\\/]|tomcat-users\.xml|wp-config\.php)`,
  ),
  rule(
    "share",
    0.55,
    "a file of another machine",
    "\\\\",
    String.raw`^["'\s]?\\\\[\w.-]{2,60}\\[\w.$-]{1,60}(?:\\|$)`,
  ),
];

import type { Rule } from "../rule.ts";

/** White space, or a comment in its place. */
const _ = String.raw`(?:\s|\/\*(?:[^*]|\*(?!\/)){0,80}\*\/|\+|--[^\n]{0,80}\n|%a0|\x00){1,12}`;
const _0 = String.raw`(?:\s|\/\*(?:[^*]|\*(?!\/)){0,80}\*\/|\+|\x00){0,12}`;
const CLOSE = String.raw`['"\x60´’)]`;
const TERM = String.raw`[('"\x60!~+-]{0,8}[\w@.$%]{1,64}(?:\([^()]{0,80}\))?['"\x60)]{0,4}`;
const COMPARE = String.raw`(?:=|<=>|<>|!=|<|>|\b(?:not${_})?(?:like|in|between|regexp|rlike|sounds${_}like|glob|similar${_}to)\b|\bis\b)`;
const LOGIC = String.raw`(?:or|and|xor|\|\||&&|not|div|mod|having|where|when|rlike|having|like)`;

const rule = (kind: string, score: number, why: string, source: string): Rule => ({
  kind,
  score,
  why,
  pattern: new RegExp(source, "is"),
});

/** What breaks out of a literal, or is an attack wherever it stands: also in a whole statement. */
export const SQL_ANYWHERE: readonly Rule[] = [
  rule(
    "blind",
    0.95,
    "waits, to learn by the time it takes",
    String.raw`\b(?:sleep${_0}\(${_0}[\d('"]|benchmark${_0}\(|pg_sleep(?:_for|_until)?${_0}\(|waitfor${_}(?:delay|time)\b|dbms_(?:lock\.sleep|pipe\.receive_message|session\.sleep)|randomblob${_0}\(${_0}\d{6})`,
  ),
  rule(
    "system",
    0.95,
    "reaches out of the database",
    String.raw`\b(?:xp_(?:cmdshell|dirtree|fileexist|regread)|sp_(?:oacreate|executesql|makewebtask|configure|addextendedproc|password)|load_file${_0}\(|into${_}(?:out|dump)file\b|utl_(?:http|inaddr|file|smtp)\b|httpuritype${_0}\(|dbms_(?:ldap|java|scheduler|export_extension|xmlgen|xmlquery)|lo_(?:import|export)${_0}\(|pg_read_file|copy${_}\w{1,64}${_}(?:from|to)${_}(?:program|')|extractvalue${_0}\(|updatexml${_0}\(|ctxsys\.|drithsx|openrowset${_0}\(|opendatasource|load_extension${_0}\(|procedure${_}analyse|sys_eval|sys_exec|master\.\.|fn_xe_file|name_const${_0}\()`,
  ),
  rule(
    "tautology",
    0.9,
    "a condition that is always true",
    String.raw`\b(?:or|and|having|where|xor)${_}[('"\x60]{0,4}(\d{1,12}|'?\w{0,8}'?)['"\x60)]{0,3}${_0}=${_0}['"\x60(]{0,3}\1['"\x60)]{0,3}(?:${_0}(?:--|#|\/\*|;|$)|${_}(?:or|and|union|order|limit|group)\b)`,
  ),
];

/** What only somebody writes who wants out of the place that a value has in a statement. */
export const SQL_FRAGMENTS: readonly Rule[] = [
  rule(
    "union",
    0.95,
    "joins a query of its own",
    String.raw`\bunion\b(?:${_}(?:all|distinct|distinctrow))?[\s(+/*!\d%a-f]{0,24}\bselect\b|\bselect\b.{0,200}\bunion\b${_0}(?:all)?${_0}\(?select|\b(?:union|intersect|except|minus)${_}(?:all${_})?(?:select|values|\(|table)`,
  ),
  {
    ...rule(
      "tautology",
      0.92,
      "ends a literal and adds a condition",
      String.raw`${CLOSE}${_0}${LOGIC}(?!\w)${_0}(?:not${_})?(?:${TERM}${_0}${COMPARE}|exists\b|\(${_0}select|true\b|false\b|null\b)|['\x60´’)]${_0}${LOGIC}(?!\w)${_0}(?:not${_})?(?:${TERM}${_0}(?:--|#|;|\/\*|$)|\()`,
    ),
    breaks: true,
  },
  rule(
    "tautology",
    0.9,
    "a condition that is always true",
    String.raw`(?:^|[\s\d)'"+/*(])(?:or|and|xor|\|\||&&|having)[\s(+!~'"/*\x60-]{1,12}(?:not\s)?[('"]{0,3}(?:(?:\d{1,12}|true|'\w{0,12}'|"\w{0,12}")['")]{0,3}${_0}(?:=|<|>|!=|<>|like\b|in${_0}\(|is\b|between\b)${_0}[('"+-]{0,3}(?:\d{1,12}|true|'?\w{0,12}'?|null|[a-z]\b)|[a-z]['")]{0,3}${_0}(?:=|like\b|is\b)${_0}[('"]{0,3}[a-z]\b)`,
  ),
  rule(
    "tautology",
    0.85,
    "a condition that is always true",
    String.raw`^.{0,60}${CLOSE}${_0}(?:or|and|\|\||&&)${_0}(?:\d{1,6}|true)${_0}(?:--|#|;|$)|\b(?:or|and)${_}(?:1|true|not${_}(?:0|false))${_0}(?:--|#|;|\/\*)|\d${_}(?:or|and)${_}(?:not${_})?(?:\d{1,6}|true|false|null)${_0}(?:--|#|\/\*|[=<>])`,
  ),
  rule(
    "stacked",
    0.95,
    "a second statement",
    String.raw`;${_0}(?:drop${_}(?:table|database|schema|view|user|procedure|function|index)|truncate${_}table|insert${_}into|update${_}[\w.\x60"[\]]{1,64}${_}set|delete${_}from|select\b[^;]{1,200}(?:\bfrom\b|\(|@@|'|;|--|\d)|exec(?:ute)?[\s(]{1,4}[\w@('.]|declare${_}@|shutdown\b|create${_}(?:table|user|login|function|procedure|database|alias|extension)|alter${_}(?:table|user|login|database)|grant${_}\w|backup${_}database|if${_0}\(|begin${_}declare|call${_}\w|copy${_}|set${_}@|attach${_}database|replace${_}into|rename${_}table|load${_}data|merge${_}into|handler${_})`,
  ),
  rule(
    "comment",
    0.85,
    "ends a literal and comments out the rest",
    String.raw`^[^\n]{0,120}['\x60´’]${_0}[)\]]{0,6}${_0};?${_0}(?:--(?:\s|\+|-|$|\w{0,8}$)|#(?:\s|$)|\/\*|;?%00|\x00)|^[^\n"]{0,120}"${_0}[)\]]{0,6}${_0};?${_0}(?:--(?:\s{0,4}$|\+|-$)|#${_0}$|\/\*)|^\W{0,3}[\w@.]{0,40}\)${_0}(?:--|#)|^[\w.@-]{1,40}${_0}(?:--${_0}-?|#|\/\*)$|^\d{1,8}\/\*`,
  ),
  rule(
    "columns",
    0.85,
    "counts the columns",
    String.raw`(?:^|[\s)'"\d+;])(?:order|group)${_}by${_}\(?\d{1,3}(?:\s{0,4},\s{0,4}\d{1,3}){0,40}${_0}(?:--|#|\/\*|\)|;|$|asc|desc)|\bhaving${_}['"(]{0,3}\d{1,6}${_0}[=<>]|\blimit${_}\d{1,8}(?:${_0},${_0}\d{1,8}|${_}offset${_}\d{1,6})?${_0}(?:--|#|into|union|procedure)`,
  ),
  rule(
    "probe",
    0.9,
    "asks the database about itself",
    String.raw`@@(?:version|hostname|datadir|basedir|servername|global|session|innodb|\w{1,24})\b|\binformation_schema${_0}\.|\b(?:sysobjects|syscolumns|sysusers|sys\.(?:databases|tables|objects|sql_logins)|pg_(?:catalog|shadow|user|class|database)\b|sqlite_(?:master|schema|version)|all_(?:tables|tab_columns|users)\b|user_tables|mysql\.(?:user|db)|v\$(?:version|instance|database)|msys(?:objects|aces)|rdb\$|sysibm|syscat|iitables|domain\.(?:columns|tables))|\b(?:version|user|database|current_user|session_user|system_user|schema|connection_id|db_name|user_name|suser_s?name|host_name|is_srvrolemember|has_dbaccess|current_database|last_insert_id)${_0}\(${_0}(?:'\w{0,20}'|\d{0,8})\)`,
  ),
  rule(
    "function",
    0.85,
    "calls a function of the database",
    String.raw`\b(?:(?:group_)?concat(?:_ws)?${_0}\(${_0}(?:0x|char|@@|\(|'~?'|user|version|table_name|column_name|username|login)|ch(?:a)?r${_0}\(${_0}\d{1,3}\s{0,4}[,)]|ascii${_0}\(${_0}(?:substr|lower|upper|mid|\()|(?:substr(?:ing)?|mid|left|right|ord|hex|unhex|length|lower|upper|load|bin|reverse|ltrim)${_0}\(${_0}\(?(?:select|user|version|database|@@|0x|password|current|system)|ifnull${_0}\(|nullif${_0}\(|coalesce${_0}\(|isnull${_0}\(|cast${_0}\([^()]{0,80}\bas${_}(?:int|char|varchar|numeric|nvarchar|signed|text)|convert${_0}\(${_0}(?:int|char|varchar|\w{1,24}${_}using)|make_set${_0}\(|elt${_0}\(|find_in_set${_0}\(|row${_0}\(\d|rand${_0}\(\d{0,4}\)|floor${_0}\(${_0}rand|exp${_0}\(~|geometrycollection|polygon${_0}\(|multipoint|json_keys${_0}\(${_0}\(|bit_(?:and|or|count)${_0}\(|crc32${_0}\(|md5${_0}\(${_0}['\d]|sha1${_0}\(${_0}['\d]|aes_(?:de|en)crypt${_0}\(|to_char${_0}\(|raise_application_error|regexp_(?:like|substr)${_0}\(|quote_literal${_0}\(|generate_series${_0}\(|xmltype${_0}\(|sum${_0}\(${_0}\(|randomblob)`,
  ),
  rule(
    "subquery",
    0.85,
    "a query within a value",
    String.raw`[(=<>,+|!]${_0}\(?${_0}select\b(?!${_0}\(${_0}\.).{1,200}?(?:\bfrom\b|\)|@@|\(|'|\d)|\bexists${_0}\(${_0}select|\bcase${_}(?:\w{1,24}${_})?when\b.{1,120}\bthen\b|(?<![-\w])select${_}(?:\*|top${_}\d|distinct|count|name|table_name|column_name|user|password|null|version|char|concat|case|if|@|\d|'|\(|[\w.]{1,40}${_0},)|\b(?:from|into|table)${_}(?:dual|users|mysql|information)\b`,
  ),
  rule(
    "operator",
    0.8,
    "an operator after the end of a literal",
    String.raw`^[^{[]{0,200}(?<=^|[^\s=(,:])['\x60]${_0}(?:<=>|\|\||&&|\^|~|!=|<>|<|>|\*|%|[+\/=]|-(?!\s)|\bis\b|\blike\b|\bin\b|\brlike\b|\bregexp\b|\bdiv\b|\bmod\b|\bbetween\b|\bcollate\b|\bsounds\b|\binto\b|\blimit\b|\bescape\b)[\s+(!~@-]{0,8}(?:['\x60]|\d|@|0x|null\b|true\b|false\b|\(|\w{1,24}\()|"${_0}(?:<=>|\|\||&&|!=|<>|=|\brlike\b|\bregexp\b)[\s+(!~@-]{0,8}(?:["\d@(]|0x|null\b|true\b)|'${_0};${_0}$|^${_0}'[)\s]{0,8}(?:$|\w{1,12}$)`,
  ),
  rule(
    "assignment",
    0.75,
    "a statement in pieces",
    String.raw`\bdrop${_}(?:table|database|user|schema|procedure)\b|\binsert${_}into${_}\w|\bdelete${_}from${_}\w|\bupdate${_}\w{1,64}${_}set\b|\bexec(?:ute)?${_}(?:master|sp_|xp_|immediate|@)|\bdeclare${_}@|\bset${_}@\w{1,24}${_0}=|\balter${_}(?:table|database)\b|\bcreate${_}(?:table|user|database)\b|\bshutdown${_}with|\bbulk${_}insert\b|\btruncate${_}table\b|\bgrant${_}(?:all|select|connect|dba)\b|\bhandler${_}\w{1,64}${_}(?:open|read)|0x[0-9a-f]{8,256}`,
  ),
  rule(
    "nosql",
    0.9,
    "an operator of a document database",
    String.raw`^\$(?:ne|gte?|lte?|regex|where|n?in|n?or|and|exists|expr|function|not|elemMatch)$|[{\[,"'\s](?:\$(?:ne|gt|gte|lt|lte|regex|where|nin|in|or|and|exists|expr|function|not|elemmatch))['"]?\]?\s{0,4}[:=]|\[\$(?:ne|gt|lt|regex|exists|nin|in)\]|;\s{0,4}return\s{1,4}(?:true|1)\b|\bthis\.\w{1,32}\s{0,4}(?:==|!=|\.match)|\bdb\.\w{1,32}\.(?:find|insert|remove|drop)\(|'\s{0,4}(?:\|\||&&)\s{0,4}(?:this|'1'|1)\b`,
  ),
];

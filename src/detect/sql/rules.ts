import type { Rule } from "../rule.ts";

/** White space, or a comment in its place. */
const _ = String.raw`(?:\s|\/\*(?:[^*]|\*(?!\/)){0,80}\*\/|\+|--[^\n]{0,80}\n|#[^\n]{0,40}\n|%a0|\x00){1,12}`;
const _0 = String.raw`(?:\s|\/\*(?:[^*]|\*(?!\/)){0,80}\*\/|\+|\x00){0,12}`;
const CLOSE = String.raw`['"\x60´’)]`;
const TERM = String.raw`[('"\x60!~+-]{0,8}[\w@.$%]{1,64}(?:\([^()]{0,80}\))?['"\x60)]{0,4}`;
const COMPARE = String.raw`(?:=|<=>|<>|!=|<|>|\b(?:not${_})?(?:like|in|between|regexp|rlike|sounds${_}like|glob|similar${_}to)\b|\bis${_}(?:not${_})?(?:null|true|false|unknown|distinct)\b)`;
const LOGIC = String.raw`(?:or|and|xor|\|\||&&|not|div|mod|having|where|when|rlike|having|like)`;

/** `needs`: words and signs, a space between each. */
const rule = (kind: string, score: number, why: string, needs: string, source: string): Rule => ({
  kind,
  score,
  why,
  needs: needs.split(" "),
  pattern: new RegExp(source, "is"),
});
const breaking = (kind: string, score: number, why: string, needs: string, source: string): Rule => ({
  ...rule(kind, score, why, needs, source),
  breaks: true,
});

/** What breaks out of a literal, or is an attack wherever it stands: also in a whole statement. */
export const SQL_ANYWHERE: readonly Rule[] = [
  rule(
    "blind",
    0.95,
    "waits, to learn by the time it takes",
    "sleep benchmark waitfor dbms_ randomblob",
    String.raw`(?<![.\w])(?<!await\s)sleep${_0}\(${_0}[\d('"[]|\b(?:benchmark${_0}\(${_0}[\d(]|pg_sleep(?:_for|_until)?${_0}\(|waitfor${_}(?:delay|time)\b|dbms_(?:lock\.sleep|pipe\.receive_message|session\.sleep)|randomblob${_0}\(${_0}\d{6})`,
  ),
  rule(
    "system",
    0.95,
    "reaches out of the database",
    "xp_ sp_ load_file outfile dumpfile utl_ httpuritype dbms_ lo_ pg_ copy extractvalue updatexml ctxsys drithsx openrowset opendatasource openquery load_extension procedure sys_ master fn_ name_const disk infile attach database_to_xml query_to_xml mysql.user sql_logins authid",
    String.raw`\b(?:xp_(?:cmdshell|dirtree|fileexist|regread|regwrite|subdirs|servicecontrol)|sp_(?:oacreate|executesql|makewebtask|configure|addextendedproc|password|addsrvrolemember|addlogin|addlinkedserver)|load_file${_0}\(|into${_}(?:out|dump)file\b|utl_(?:http|inaddr|file|smtp|tcp)\b|httpuritype${_0}\(|dbms_(?:ldap|java|scheduler|export_extension|xmlgen|xmlquery|advisor|xslprocessor|cloud|jvm_exp_perms)|lo_(?:import|export|from_bytea|put|unlink)${_0}\(|pg_(?:read_(?:binary_)?file|ls_dir|largeobject|shadow|authid|file_write|logdir_ls|stat_file)\b|copy${_}[\w.]{1,64}(?:${_0}\([^()]{0,120}\))?${_}(?:from|to)${_}(?:program|'\/)|copy${_}\([^()]{0,200}\)${_}to\b|extractvalue${_0}\(|updatexml${_0}\(|ctxsys\.|drithsx|openrowset${_0}\(|openquery${_0}\(|opendatasource|load_extension${_0}\(|procedure${_}analyse|sys_(?:eval|exec|bineval)|sys_context${_0}\(|master\.\.|fn_(?:xe_file|trace_gettable|get_audit_file|my_permissions|varbintohexstr)|name_const${_0}\(|(?:to|from)${_}disk${_0}=${_0}['"]\\\\|load${_}data${_}(?:local${_})?infile\b|attach${_}database${_}['"][^'"]{0,80}\.(?:php|jsp|aspx?)|(?:database|query)_to_xml${_0}\(|mysql\.user\b|sql_logins\b)`,
  ),
  rule(
    "tautology",
    0.9,
    "a condition that is always true",
    "=",
    String.raw`\b(?:or|and|having|where|xor)${_}[('"\x60]{0,4}(\d{1,12}|'?\w{0,8}'?)['"\x60)]{0,3}${_0}=${_0}['"\x60(]{0,3}\1['"\x60)]{0,3}(?:${_0}(?:--|#|\/\*|;|$)|${_}(?:or|and|union|order|limit|group)\b)`,
  ),
];

const CATALOG = String.raw`@@(?:version|hostname|datadir|basedir|servername|global|session|innodb|\w{1,24})\b|\binformation_schema${_0}\.|\b(?:sysobjects|syscolumns|sysusers|sys\.(?:databases|tables|objects|columns)|pg_(?:catalog|user|class|database|tables|roles)\b|sqlite_(?:master|schema|version)|(?:all|dba|user)_(?:tables|tab_columns|users|tab_privs|role_privs|objects)\b|mysql\.db\b|v\$(?:version|instance|database|session)|msys(?:objects|aces)|rdb\$|sysibm|syscat|iitables|sysmaster:|domain\.(?:columns|tables)|system\.(?:tables|columns))|\b(?:version|user|database|current_user|session_user|system_user|schema|connection_id|db_name|user_name|suser_s?name|host_name|is_srvrolemember|has_dbaccess|current_database|last_insert_id|current_setting|object_id|col_name)${_0}\(${_0}(?:'\w{0,20}'|\d{0,8})\)`;
const CATALOG_WORDS =
  "@@ information_schema sysobjects syscolumns sysusers sys. pg_ sqlite_ all_ dba_ user_ mysql. v$ msys rdb$ sysibm syscat iitables sysmaster domain. system. version( user( database( _user( schema( _id( _name( suser is_srv has_db version user database schema connection db_name host_name current last_insert object_id col_name";

/** A whole statement, where nothing says that there should be one. */
export const SQL_UNNAMED: readonly Rule[] = [
  rule("probe", 0.6, "a statement that asks the database about itself", CATALOG_WORDS, CATALOG),
  rule(
    "comment",
    0.6,
    "a statement with a comment in the middle of a word or condition",
    "/* -- #",
    String.raw`\/\*!\d{0,6}|\w\/\*\*\/\w|=${_0}'[^']{0,40}'${_0}--|'${_0}\/\*|\bor${_}\d{1,8}${_0}(?:#|--)`,
  ),
];

/** What only somebody writes who wants out of the place that a value has in a statement. */
export const SQL_FRAGMENTS: readonly Rule[] = [
  rule(
    "union",
    0.95,
    "joins a query of its own",
    "union intersect except minus",
    String.raw`\bunion\b(?:${_}(?:all|distinct|distinctrow))?[\s(+/*!\d%a-f]{0,24}\bselect\b|\bselect\b.{0,200}\bunion\b${_0}(?:all)?${_0}\(?select\b|\bunion${_}(?:all${_})?(?:select\b|values${_0}\(|table${_}\w)|\b(?:intersect|except|minus)${_}(?:all${_})?\(?${_0}select\b|\bunion(?:all)?\(?select\b|^[^\n]{0,12}#[^\n]{0,60}\n.{0,80}\bunion\b`,
  ),
  breaking(
    "tautology",
    0.92,
    "ends a literal and adds a condition",
    `' " \` )`,
    String.raw`${CLOSE}${_0}${LOGIC}(?!\w)${_0}(?:not${_})?(?:${TERM}${_0}${COMPARE}|exists\b|\(${_0}select|true\b|false\b|null\b)|['\x60´’)]${_0}${LOGIC}(?!\w)${_0}(?:not${_})?(?:${TERM}${_0}(?:--|#|;|\/\*|$)|\()`,
  ),
  rule(
    "tautology",
    0.9,
    "a condition that is always true",
    "or and || && having where",
    String.raw`(?:^|[\s\d)'"+/*(])(?:or|and|xor|where|\|\||&&|having)[\s(+!~'"/*\x60-]{1,12}(?:not\s)?[('"]{0,3}(?:(?:\d{1,12}|true|'\w{0,12}'|"\w{0,12}")['")]{0,3}${_0}(?:(?:=|<|>|!=|<>|like\b|in${_0}\(|between\b)${_0}[('"+-]{0,3}(?:\d{1,12}|true|'?\w{0,12}'?|null|[a-z]\b)|is${_}(?:not${_})?(?:null|true|false|\d))|[a-z]['")]{0,3}${_0}(?:=|like\b|is\b)${_0}[('"]{0,3}[a-z]\b)`,
  ),
  rule(
    "tautology",
    0.85,
    "a condition that is always true",
    "or and || &&",
    String.raw`^.{0,60}${CLOSE}${_0}(?:or|and|\|\||&&)${_0}(?:\d{1,6}|true)${_0}(?:--|#|;|$)|\b(?:or|and)${_}(?:1|true|not${_}(?:0|false))${_0}(?:--|#|;|\/\*)|\d${_}(?:or|and)${_}(?:not${_})?(?:\d{1,6}|true|false|null)${_0}(?:--|#|\/\*|[=<>])|^\s{0,4}\(?\s?\d{1,8}\)?\s{1,4}(?:or|and)\s{1,4}\(`,
  ),
  rule(
    "stacked",
    0.95,
    "a second statement",
    ";",
    String.raw`;${_0}(?:drop${_}(?:table|database|schema|view|user|procedure|function|index)|truncate${_}table|insert${_}into|update${_}[\w.\x60"[\]]{1,64}${_}set\b|delete${_}(?:low_priority${_})?from|select\b[^;]{1,200}(?:\bfrom\b|\(|@@|'|;|--|\d)|exec(?:ute)?(?:${_0}\(|${_}(?:@|'|master|immediate|[sx]p_|\w{1,40}\.))|declare${_}@|shutdown\b(?:${_0}(?:--|;|$)|${_}with)|create${_}(?:or${_}replace${_})?(?:table|user|login|function|procedure|database|alias|extension|view|trigger)\b|alter${_}(?:table|user|login|database)|grant${_}(?:all|select|connect|dba|execute)\b|backup${_}(?:database|log)|if${_0}\((?:${_0}\(|${_0}[\d'](?=[^)]{0,40}[=<>])|${_0}select|${_0}user|${_0}ascii|${_0}substr)|begin${_}declare|call${_}\w{1,40}${_0}\(|copy${_}[\w(]|set${_}@|attach${_}database|replace${_}into|rename${_}table|load${_}(?:data|xml)|merge${_}into|handler${_}\w{1,40}${_}(?:open|read))`,
  ),
  {
    ...breaking(
      "comment",
      0.85,
      "ends a literal and comments out the rest",
      "' `",
      String.raw`['\x60´’]${_0}[)\]]{0,6}${_0};?${_0}(?:--(?:\s|\+|-|$|\w{0,8}$)|#\s{0,8}$|\/\*|;?%00|\x00)`,
    ),
    by: 120,
  },
  rule(
    "comment",
    0.85,
    "ends a value and comments out the rest",
    "-- # /*",
    String.raw`^[^\n"]{0,120}"${_0}[)\]]{0,6}${_0};?${_0}(?:--(?:\s{0,4}$|\+|-$)|#${_0}$|\/\*)|^\W{0,3}[\w@.]{0,40}\)${_0}(?:--|#)|^\s{0,4}-?\d{1,8}(?:${_0}[*/+%^-]${_0}\d{1,8})?${_0}(?:--${_0}-?|#|\/\*)(?:$|[\r\n])|^[a-z]{2,20}(?:--|\s{1,4}--\s{0,2}-?)$|^\d{1,8}\/\*|^\s{0,4}\([^\n]{1,80}\)\s{0,4}(?:--|#)\s{0,4}-?$|\d${_}\/\*!\d{0,6}`,
  ),
  rule(
    "columns",
    0.85,
    "counts the columns",
    "order group having limit",
    String.raw`(?:^|[\s)'"\d+;])(?:order|group)${_}by${_}\(?\d{1,5}(?:\s{0,4},\s{0,4}\d{1,3}){0,40}${_0}(?:--|#|\/\*|\)|;|$|asc|desc)|\bhaving${_}['"(]{0,3}\d{1,6}${_0}(?:[=<>]|(?:or|and)\b)|\blimit${_}\d{1,8}(?:${_0},${_0}\d{1,8}|${_}offset${_}\d{1,6})?${_0}(?:--|#|into|union|procedure)`,
  ),
  rule("probe", 0.9, "asks the database about itself", CATALOG_WORDS, CATALOG),
  rule(
    "function",
    0.85,
    "calls a function of the database",
    "( geometrycollection raise_application_error randomblob",
    String.raw`(?<![.$\w])(?<!function\s)(?:(?:group_)?concat(?:_ws)?${_0}\(${_0}(?:0x|char|@@|\(|'~?'|user|version|table_name|column_name|username|login)|ch(?:a)?r${_0}\(${_0}\d{1,3}\s{0,4}[,)]|ascii${_0}\(${_0}(?:substr|lower|upper|mid|\()|(?:substr(?:ing)?|mid|left|right|ord|hex|unhex|length|lower|upper|load|bin|reverse|ltrim|soundex|lpad)${_0}\(${_0}\(?(?:select|user|version|database|@@|0x|password|current|system)|(?:ifnull|nullif|isnull)${_0}\([^()]{1,80},|coalesce${_0}\(${_0}\(?select|cast${_0}\([^()]{0,80}\bas${_}(?:int|char|varchar|numeric|nvarchar|signed|text)|convert${_0}\(${_0}(?:int|char|varchar|\w{1,24}${_}using)|make_set${_0}\(|elt${_0}\(\d|find_in_set${_0}\(|row${_0}\(\d|rand${_0}\(\d{0,4}\)\*|floor${_0}\(${_0}rand|exp${_0}\(~|geometrycollection|multipoint${_0}\(|polygon${_0}\(\(|json_keys${_0}\(${_0}\(|bit_(?:and|or|count)${_0}\(|crc32${_0}\(['\d]|md5${_0}\(${_0}['\d]|sha1${_0}\(${_0}['\d]|aes_(?:de|en)crypt${_0}\(|raise_application_error|regexp_(?:like|substr|substring)${_0}\(|crypt_key${_0}\(|quote_literal${_0}\(|generate_series${_0}\(|xmltype${_0}\(|sum${_0}\(${_0}\(|randomblob|iif${_0}\(${_0}[\d'(]|cos${_0}\(${_0}pi)`,
  ),
  rule(
    "subquery",
    0.85,
    "a query within a value",
    "select exists case dual mysql. information_schema",
    String.raw`[(=<>,+|!]${_0}\(?${_0}select\b(?!${_0}\(${_0}\.).{1,200}?(?:\bfrom\b|\)|@@|\(|'|\d)|\bexists${_0}\(${_0}select|\bcase${_}(?:\w{1,24}(?:\(\d{0,8}\))?${_})?when\b.{1,120}\bthen\b|(?<![-\w])select${_}(?:\*|top${_}\d|distinct${_}[\w.]{1,40}${_0}(?:,|from\b)|count${_0}\(|(?:name|table_name|column_name|user|password|null|version|username|passwd|pass|login|email|id)${_}from${_}\w|(?:table_name|column_name|null|version|concat|char|case|if|user)${_0}[(,]|@|\d{1,8}(?:${_0},|${_}from|$)|'[^']{0,40}'${_0}(?:,|from\b|union\b|--|;|\|\||$)|\(${_0}(?:select|\d|case|if|sleep|user|char|')|[\w.]{1,40}${_0},${_0}[\w.(*]{1,40}${_0}(?:,|from\b))|\b(?:from|into|table)${_}(?:dual|mysql\.|information_schema)\b`,
  ),
  {
    ...breaking(
      "operator",
      0.8,
      "an operator after the end of a literal",
      "' `",
      String.raw`(?<=^|[^\s=(,:{[])['\x60]${_0}(?:<=>|\|\||&&|<<|>>|\^|~|!=|<>|[<>]=?|\*|%|[+\/=]|-(?!\s)|[|&]|\bis\b|\blike\b|\bin\b|\brlike\b|\bregexp\b|\bnot${_}(?:regexp|rlike|like|in)\b|\bdiv\b|\bmod\b|\bxor\b|\bbetween\b|\bcollate\b|\bsounds${_}like\b|\binto\b|\blimit\b|\bescape\b)[\s+(!~@-]{0,16}(?:['\x60]|\d|@|0x|null\b|true\b|false\b|\(|\w{1,24}\()|';${_0}$`,
    ),
    by: 200,
    // A list or a selector has quotes with signs between them.
    holds: (_, text, at) => !/[{[]/.test(text.slice(0, at)),
  },
  rule(
    "operator",
    0.8,
    "an operator after the end of a literal",
    `" '`,
    String.raw`^[^{["]{0,200}(?<=^|[^\s=(,:])"${_0}(?:<=>|\|\||&&|!=|<>|=|\bor\b|\band\b|\brlike\b|\bregexp\b)[\s+(!~@-]{0,8}(?:["\d@(]|0x|null\b|true\b)|^${_0}'[)\s]{0,8}(?:$|\w{1,12}$)|^'(?:or|and|xor|\|\||&&)'$`,
  ),
  rule(
    "assignment",
    0.75,
    "a statement in pieces",
    "drop insert delete update exec declare set alter create shutdown bulk truncate grant handler",
    String.raw`\bdrop${_}(?:table|database|user|schema|procedure)${_}(?:if${_}exists${_})?[\w.\x60"[\]]{1,64}${_0}(?:;|--|#|$)|\binsert${_}into${_}[\w.\x60"[\]]{1,64}${_0}(?:\(|values\b|select\b)|\bdelete${_}from${_}[\w.\x60"[\]]{1,64}${_0}(?:where\b|;|--|$)|\bupdate${_}[\w.\x60"[\]]{1,64}${_}set${_}[\w.\x60"[\]]{1,64}${_0}=|\bexec(?:ute)?(?:${_}(?:master|sp_|xp_|immediate|@)|${_0}\(@)|\bdeclare${_}@|\bset${_}@\w{1,24}${_0}=|\balter${_}(?:table|database)${_}[\w.\x60"[\]]{1,64}${_}(?:add|drop|modify|rename|alter|set)\b|\bcreate${_}table${_}[\w.\x60"[\]]{1,64}${_0}\(|\bshutdown${_}with|\bbulk${_}insert\b|\btruncate${_}table${_}\w|\bgrant${_}(?:all|select|connect|dba)${_}(?:privileges|on|to)\b|\bhandler${_}\w{1,64}${_}(?:open|read)`,
  ),
  rule(
    "nosql",
    0.9,
    "an operator of a document database",
    "$ this. db. return || && while",
    String.raw`^\$(?:ne|gte?|lte?|regex|where|n?in|n?or|and|exists|expr|function|not|elemMatch)$|(?:^|[{\[,"'\s])(?:\$(?:ne|gt|gte|lt|lte|regex|where|nin|in|or|and|exists|expr|function|not|elemmatch))['"]?\]?\s{0,4}[:=]|\[\$(?:ne|gte?|lte?|regex|exists|n?in|where)\]|['"][)}]{0,3};\s{0,4}return[\s(]{1,3}(?:true|1)\b|['";|&]\s{0,4}(?:return\s{1,4})?this\.\w{1,32}\s{0,4}(?:==|!=|\.match)|\bdb\.\w{1,32}\.(?:find|insert|remove|drop)\w{0,8}\((?!\))|'\s{0,4}(?:\|\||&&)\s{0,4}(?:this|'1'|1)\b|['"];[^\n]{0,80}new\s{1,4}date\(\)[^\n]{0,80}while\s{0,2}\(`,
  ),
];

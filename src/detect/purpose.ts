import type { Field } from "./detector.ts";
import type { Views } from "./views/view.ts";

/** What an argument is for, as far as its name and its beginning tell. */
export type Purpose = "sql" | "command" | "content" | "data";

const SQL_NAME =
  /^(?:sql|query|statement|stmt|sql_?(?:query|statement|text|command)|raw_?(?:sql|query)|select|cypher|kql|graphql|expression|filter|where)$/i;
/** What holds a query in pieces: operators belong there. */
const QUERY = /^(?:filter|query|pipeline|aggregat\w*|where|match|selector|update|projection|condition)s?$/i;
const COMMAND_NAME =
  /^(?:command|cmd|commands|shell|bash|powershell|script|args|argv|arguments|exec|run|shell_?command|command_?line|cli|terminal|input_?command)$/i;
const CONTENT_NAME =
  /^(?:code|source|content|contents|file_?text|text_?content|body|html|css|js|javascript|python|markdown|md|new_?(?:str|string|text|content|source)|old_?(?:str|string|text|content|source)|insert_?text|patch|diff|template|function|expression|snippet|notebook|cell|description|prompt|message|messages|thought|summary|notes?|comment|document|instructions?|observations?|context|schema|yaml|json|xml|svg|config|payload|latex|mermaid|edits|replacement)$/i;

const STATEMENT =
  /^[\s;]{0,8}(?:select\b(?=.{1,4000}\bfrom\b|\s+[\w@(*'])|with\s+(?:recursive\s+)?\w+(?:\s*\([^)]{0,200}\))?\s+as\s*\(|insert\s+into\b|update\s+[\w.`"[\]]+\s+(?:as\s+\w+\s+)?set\b|delete\s+from\b|create\s+(?:or\s+replace\s+)?(?:table|view|index|database|schema|function|user|role|trigger|unique|temp\w*|materialized)\b|alter\s+(?:table|database|user|role)\b|drop\s+(?:table|view|index|database|schema)\b|truncate\s+table\b|explain\b|show\s+(?:tables|databases|columns|create|index)|describe\s+\w|pragma\s+\w|match\s*\(|begin\b|merge\s+into\b|grant\b|use\s+\w+;?$)/is;

/** Programs that people start command lines with. */
const PROGRAM =
  /^\s{0,4}(?:\$ |# |sudo (?:-\w+ )?|\w+=\S{0,200} ){0,3}(?:[./~\w-]{0,100}\/)?(?:a(?:wk|pt(?:-get)?|nsible|ws|z|dd|r|t)|ba(?:se64|sh|zel)|b(?:un|rew|at)|c(?:at|argo|d|hmod|hown|lang|make|omposer|onda|p|rontab|url|ut)|d(?:ate|d|eno|f|ig|iff|ir|ocker(?:-compose)?|otnet|u)|e(?:cho|nv|slint|xport|val|xec)|f(?:fmpeg|ind|lutter|or|ree)|g(?:cc|cloud|em|h|it|o|rep|radle|unzip|zip|pg)|h(?:ead|elm|ost(?:name)?|elp|tpie?)|i(?:d|fconfig|p|f|ptables)|j(?:ava|ournalctl|q|est)|k(?:ill(?:all)?|ubectl)|l(?:ess|n|s(?:of|blk)?|ocate|ast)|m(?:ake|an|kdir|ount|v|vn|ongosh?|ysql(?:dump)?|ore)|n(?:ano|c|et(?:stat)?|g(?:rok|inx)|ice|map|ode|ohup|pm|px|slookup)|o(?:d|pen(?:ssl)?)|p(?:aste|erl|g_dump|hp|ing|ip3?|kill|npm|oetry|rintf?|rintenv|s|sql|wd|ytest|ython[\d.]*|owershell|wsh)|r(?:g|m|sync|uby|ustc|ake|ead|eboot)|s(?:cp|cript|ed|ervice|h|leep|ort|ource|sh|stat|trace|u|ystemctl|eq|et|qlite3|ocat|hutdown|tat)|t(?:ail|ar|ee|errase|erraform|est|ime(?:out)?|mux|op|ouch|r|ree|sc|ype|asklist|racert|raceroute|elnet)|u(?:name|niq|nzip|pdate|v|seradd|ptime)|v(?:im?|env|agrant|ite)|w(?:atch|c|get|hich|hile|hoami|ho|ait)|x(?:args|xd)|y(?:arn|es|q)|z(?:cat|ip|sh))(?=\s|$|[;|&])/;

/** Other beginnings of command lines: a word and an option, and what only a shell knows. Words of a query are none. */
const COMMAND_LINE =
  /^\s{0,4}(?:sudo\s|\w{1,40}\(\)\s?\{|\(\w{1,20}=|(?:if|elif|while|until)\s+(?:!\s+)?(?:\[|test\s|command\s|grep\s)|\[{1,2}\s|case\s+["$\w{}]{1,40}\s+in\b|(?:then|fi|esac|done|do)\s{0,4}(?:;|$)|\w{1,40}="?(?:\$\(|`)|[a-z][a-z\d_.+-]{1,30}(?:[ =][\w./:@{}[\]"'%,~+-]{1,80}){0,5}? --?[a-z][\w-]{0,40}(?=[\s=]|$))/i;

const OF_QUERY = /\b(?:or|and|union|select|sleep)\b/i;

/** Beginnings of code. */
const CODE =
  /^\s{0,40}(?:import\s+(?:type\s+)?[\w{*$][^\n;]{0,300}\bfrom\s|import\s+['"]|import\s+[\w.]{1,80}(?:\s+as\s+\w{1,40})?\s{0,8}(?:$|\n)|from\s+[\w.]{1,80}\s+import\b|export\s+(?:default|const|function|class|type|interface|async|declare|enum|\{|\*)|(?:const|let|var)\s+[\w${[]|(?:async\s+)?function\b\*?\s{0,4}\w{1,80}\s{0,4}\(|class\s+\w{1,80}\s{0,4}(?:[({:]|extends\b)|(?:async\s+)?def\s+\w{1,80}\s{0,4}\(|#include\s{0,4}[<"]|(?:package|using)\s+[\w.]{1,120};|(?:public|private|protected|static|abstract|final)\s+[\w<>[\]]{1,80}\s|@\w{1,40}(?:\.\w{1,40}){0,4}\(|interface\s+\w{1,80}\s{0,4}\{|\}\s{0,4}(?:else|catch|from)\b|<!doctype html|<html\b|#!\s?\/|\/\/\s|\/\*\*\s)/i;

/** What a text is of which not even the name is known: nobody can choose such a field, for arguments have names. */
function bare(text: string): Purpose | undefined {
  if (COMMAND_LINE.test(text) && !OF_QUERY.test(text)) return "command";
  return CODE.test(text) ? "content" : undefined;
}

/** Whether a field says by its name that it holds what it does. */
export const isNamedFor = (purpose: "sql" | "command", name = ""): boolean =>
  (purpose === "sql" ? SQL_NAME : COMMAND_NAME).test(name);

function read(text: string, name: string): Purpose {
  if (COMMAND_NAME.test(name)) return "command";
  if (CONTENT_NAME.test(name)) return "content";
  if (STATEMENT.test(text)) return "sql";
  if (SQL_NAME.test(name)) return "data";
  if (PROGRAM.test(text)) return "command";
  const known = name === "" ? bare(text) : undefined;
  if (known !== undefined) return known;
  return text.length > SHORT && hasLines(text) ? "content" : "data";
}

/** What the guards before have read; views are made anew for each text, and a text has one name. */
const known = new WeakMap<Views, { readonly name: string; readonly purpose: Purpose }>();

/** Reads what an argument is for. Its name comes first; text without a telling name is known by how it begins. */
export function purposeOf(views: Views, { name = "", path = [] }: Field): Purpose {
  const before = known.get(views);
  if (before?.name === name) return before.purpose;
  const within = path.slice(0, -1).some((step) => typeof step === "string" && QUERY.test(step));
  const purpose = within ? "sql" : read(views.original.text, name);
  known.set(views, { name, purpose });
  return purpose;
}

/** Characters up to which lines are a value that was broken up. */
const SHORT = 240;
/** So many lines on end, each with something in it and none of them the first or last, are a document and no value. */
const LINES = 3;
const SEEN = /\S/;

/** Line by line: a pattern for all of them would read long lines again and again. */
function hasLines(text: string): boolean {
  let lines = 0;
  let from = text.indexOf("\n") + 1;
  for (let end = text.indexOf("\n", from); from > 0 && end !== -1; end = text.indexOf("\n", from)) {
    lines = SEEN.test(text.slice(from, end)) ? lines + 1 : 0;
    if (lines === LINES) return true;
    from = end + 1;
  }
  return false;
}

import { rule, type Rule } from "../rule.ts";

const SUM = String.raw`\d{1,8}\s{0,4}[*+/-]\s{0,4}['"]?\d{1,8}`;

/** What a template engine, a parser or an expression language would carry out. */
export const TEMPLATES: readonly Rule[] = [
  rule(
    "template",
    0.9,
    "an expression that a template would carry out",
    "{{ {% [[",
    String.raw`\{\{[^{}\n]{0,120}(?:${SUM}|__(?!proto)\w{2,24}__|\bconfig\b|\bself\b|request\.|\.mro\b|_self\b|\bcycler|\blipsum|\bjoiner|\bnamespace\(|\['|constructor|\|\s{0,4}(?:attr|filter|map|system|sort|add:)|\bsystem\b|\bexec\b|popen|passthru|\bdump\(|app\.|range\.|this\.|\$on|\.toString|getClass|settings\.)|\{%\s{0,4}(?:for|if|set|import|include|debug|raw|macro|extends|block|with|autoescape)\b[^%]{0,200}%?\}?|\$\{\{(?:<|${SUM})|\{\{=\s{0,4}(?:\d|\w{1,20}\()|\{\{['"]?\w{0,24}['"]?\}\}\[|\{\{\s{0,4}['"(\[]|\{\{[^{}\n]{1,40}\|\s{0,4}\w{1,20}\(|\[\[\$?\{`,
  ),
  rule(
    "template",
    0.9,
    "an expression that a template would carry out",
    "${ #{ @{ *{ <% #set <# @( ~{ assign {php {system {$ {if {/ $class .class .getclass .inspect freemarker",
    String.raw`[$#@*]\{\s{0,4}(?:${SUM}|t\(|#|''|\w{1,40}\.getclass|class\.|runtime|new\s|\(#|@java|jndi:|self\b|pagecontext|"[^"\n]{0,60}"\.|'[^'\n]{0,40}'\.|\w{2,20}\(\s{0,4}["'\d)]|string\s{1,4}\w{1,20}\s{0,4}=|ex\()|^\s{0,4}[$#@*]\{\s{0,4}(?:request|session|application|header|param|\w{1,40}\.\w{1,40}\()|<%=?\s{0,4}(?:\d{1,8}\s{0,4}\*|system|exec|file|dir|\x60|io\.|kernel|request|global|foo|import|runtime|out\.|self|open|require)|#set\s{0,4}\(\s{0,4}\$|\$\w{1,20}\.(?:class|getclass|inspect)\b|<#assign\b|freemarker|\[#?\s{0,4}assign|\{php\}|\{system\(|\{\$smarty|@\(\s{0,4}\d{1,4}\s{0,4}[+*]|~\{\$|\{[^{}\n]{0,20}\b(?:if|system|literal|eval)\s[^{}\n]{0,80}\}[^{}\n]{0,80}\{\/|\{if\s[^{}\n]{0,80}\(|^\s{0,4}[@*]\{`,
  ),
  rule(
    "template",
    0.9,
    "climbs through the objects of Python",
    "__",
    String.raw`__(?:globals|builtins|subclasses|mro|bases|import)__|__class__\s{0,2}(?:\.__(?!name__|qualname__|module__|doc__)|\[|['"])|__init__\s{0,2}(?:\.__|\[)|__\$\{`,
  ),
  rule(
    "lookup",
    0.98,
    "a lookup that loads code",
    "${ jndi:",
    String.raw`\$\{\s{0,4}(?:jndi|(?:lower|upper|env|sys|date|::-|java|base64|ctx|main|bundle|docker|k8s):)|\bjndi:(?:ldap|rmi|dns|iiop)`,
  ),
  rule(
    "xxe",
    0.95,
    "an entity that reads from elsewhere",
    "<!entity <!doctype <xi: xmlns: <xsl:",
    String.raw`<!(?:entity|doctype)[^>]{0,300}(?:system\s|public\s|%|\[)|<!entity\s|<xi:include\b|xmlns:xi=|<!doctype\s{1,4}\w{1,40}\s{1,4}(?:system|public)\s{1,4}['"](?!-\/\/w3c)|<xsl:[^>]{1,80}(?:document\s{0,2}\(|php:function|\w{1,20}:exec)|xmlns:\w{1,20}\s{0,2}=\s{0,2}['"](?:java:|http:\/\/xml\.apache\.org\/xalan\/java|http:\/\/php\.net\/xsl)`,
  ),
];

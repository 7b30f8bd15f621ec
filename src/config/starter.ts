/** What `portcullis init` writes. Plain texts, because people read and edit them. */

const RULES = `# What agents may do, and what they are told when they may not.
# A call that no rule allows is refused; a rule that denies wins over one that allows.
# Check it:  portcullis policy check     Run the tests below:  portcullis policy test
# Relative paths are below the folder of portcullis.yaml.

defaults: { verdict: deny }

rules:
  - name: read
    match: { tool: "read_*|list_*|search_*|get_*|find_*|describe_*|directory_tree" }
    allow: true

  - name: read-resources
    match: { method: "resources/*|subscriptions/*|prompts/get|completion/complete|tasks/*" }
    allow: true

  - name: write
    match: { tool: "write_file|edit_file|create_directory|move_file" }
    allow: true

  - name: outside-workspace
    match: { tool: "write_file|edit_file|create_directory" }
    when: '!path.within(args.path, "./workspace")'
    deny: true
    why: Files may only be written inside the workspace.
    instead: Write the whole path of a file below the workspace; list_allowed_directories names it.

  - name: move-outside-workspace
    match: { tool: move_file }
    when: '!(path.within(args.source, "./workspace") && path.within(args.destination, "./workspace"))'
    deny: true
    why: Files may only be moved inside the workspace.
    instead: Write the whole paths of a source and a destination below the workspace.

  - name: destructive
    match: { tool: "delete_*|remove_*|drop_*|truncate_*|destroy_*|purge_*|erase_*|wipe_*" }
    deny: true
    why: This tool destroys data, and nothing here can bring it back.
    instead: Tell the user what you wanted to remove, so that they can do it.
`;

const TESTS = `
tests:
  - name: reading is allowed
    call: { server: files, tool: read_text_file, args: { path: notes.txt } }
    expect: { verdict: allow, rule: read }
  - name: writing inside the workspace is allowed
    call: { server: files, tool: write_file, args: { path: workspace/notes.txt, content: hello } }
    expect: { verdict: allow, rule: write }
  - name: nobody writes outside the workspace
    call: { server: files, tool: write_file, args: { path: /etc/passwd, content: "" } }
    expect: { verdict: deny, rule: outside-workspace }
  - name: climbing out of the workspace is writing outside
    call: { server: files, tool: edit_file, args: { path: workspace/../portcullis.yaml, edits: [] } }
    expect: { verdict: deny, rule: outside-workspace }
  - name: nothing is moved out of the workspace
    call: { server: files, tool: move_file, args: { source: workspace/notes.txt, destination: /tmp/notes.txt } }
    expect: { verdict: deny, rule: move-outside-workspace }
  - name: nothing is deleted
    call: { server: files, tool: delete_file, args: { path: notes.txt } }
    expect: { verdict: deny, rule: destructive }
  - name: a resource may be read
    call: { server: files, resource: "file:///notes.txt" }
    expect: { verdict: allow, rule: read-resources }
  - name: a tool that nobody thought of is refused
    call: { server: files, tool: format_disk }
    expect: { verdict: deny }
`;

/** Policy to start from: reads, and writes inside the workspace; nothing that destroys. With its tests. */
export function starterPolicy(schema: string): string {
  return `# yaml-language-server: $schema=${schema}\n${RULES}${TESTS}`;
}

/** What a preset wants beside it. */
const OF_PRESET: Readonly<Record<string, string>> = {
  development: `mode: enforce                  # enforce | observe: refuse nothing, record what would have happened
`,
  production: `auth: { mode: required, api_keys: true }   # the first key: \`portcullis keys bootstrap\`; tokens: \`oauth:\`
`,
  high_security: `auth: { mode: required, api_keys: true }   # the first key: \`portcullis keys bootstrap\`; tokens: \`oauth:\`
tls: { cert: gate.pem, key: gate.key }     # or the proxy in front, under \`auth.trusted_proxies\`
`,
};
const PROFILES: Readonly<Record<string, string>> = { high_security: "enterprise" };

/** portcullis.yaml to start from. \`servers\` is YAML for the members of \`mcpServers\`. */
export function starterConfig(schema: string, servers: string, preset = "development"): string {
  const members = servers.trimEnd().replaceAll(/^(?=.)/gm, "  ");
  return `# yaml-language-server: $schema=${schema}
# Written by \`portcullis init\`. Start the gate with \`portcullis start\`; paths are relative to this folder.

version: 1
preset: ${preset}
${OF_PRESET[preset] ?? ""}listen: 127.0.0.1:8090
store: sqlite:.portcullis/portcullis.db
policy: [policy/]
profile: ${(PROFILES[preset] ?? "standard").padEnd(21)} # basic | standard | enterprise | none: which guards look at calls and answers

mcpServers:                    # paste what your client has; write secrets as \${NAME}
${members}
`;
}

/** The server of a starter that imported none. */
export const STARTER_SERVERS = `files: { command: npx, args: ["-y", "@modelcontextprotocol/server-filesystem", "./workspace"] }`;

/** Where editors find the schemas, in a project that does not have this package: they move and are cloned with it. */
export const SCHEMA_FOLDER = ".portcullis/schema";

export const STARTER_GITIGNORE = `# The gate's records and keys; the schemas are for editors.
.portcullis/*
!${SCHEMA_FOLDER}/
`;

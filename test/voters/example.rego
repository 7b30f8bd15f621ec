# The policy of the bundle beside this file, which the tests ask:
#   opa build -t wasm -e mcp/allow -e mcp/decision -e mcp/slow -e mcp/hungry -e mcp/network example.rego -o bundle.tar.gz
package mcp

default allow := false

allow if {
	input.server == "files"
	not blocked
}

blocked if startswith(input.args.path, "/etc")

decision := {"allow": allow, "reason": sprintf("%s may not", [input.principal.id])}

# Never ends in time.
slow if {
	some _ in digits
	some _ in digits
	some _ in digits
	some _ in digits
	some _ in digits
	some _ in digits
	some _ in digits
	some s in digits
	s == "never"
}

digits := ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"]

# Takes more memory than there is.
hungry := count([s | some x in numbers.range(1, 10000000); s := sprintf("%d-%s", [x, input.server])])

# A function that Wasm does not have.
network := http.send({"method": "get", "url": "http://127.0.0.1:1"})

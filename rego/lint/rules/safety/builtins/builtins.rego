# METADATA
# title: Builtins
# description: What a gate's policy must not call.
package lint.rules.safety.builtins

import data.lint.ast

# METADATA
# title: Findings
# description: |
#   Calls that reach out, that give another answer each time, or that cost as much as what they are given is large. Tests and the
#   linter do not judge calls.
findings contains ast.finding(file, call.node, message, _forbidden[call.name]) if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	not startswith(file, "lint/")
	some call in array.concat(ast.calls(module), ast.expressions(module))
	_forbidden[call.name]
	message := $"a policy must not call {call.name}"
}

_forbidden := {
	"http.send": "have the gate measure it: policy judges facts",
	"net.lookup_ip_addr": "have the gate measure it: policy judges facts",
	"opa.runtime": "put it into the settings",
	"time.now_ns": "use input.call.time, which a replay has too",
	"rand.intn": "decide by facts: a replay must come out the same",
	"uuid.rfc4122": "decide by facts: a replay must come out the same",
	"walk": "look things up by key",
	"print": "remove it",
	"trace": "remove it",
	"sprintf": "use a template string: $\"...\"",
}

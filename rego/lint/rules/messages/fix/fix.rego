# METADATA
# title: A way out
# description: Whoever is refused or held is told what would be allowed, or whom to ask.
package lint.rules.messages.fix

import data.lint.ast

# METADATA
# title: Findings
# description: Findings of rules, written as objects, that deny or hold without a fix.
findings contains ast.finding(file, node, message, "say what would be allowed, or whom to ask") if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	walk(module.rules, [_, node])
	node.type == "object"
	members := {key.value: value | some [key, value] in node.value; is_string(key.value)}
	members.effect.value in {"deny", "hold"}
	_silent(members)
	message := $"a finding that says {members.effect.value} has no fix"
}

_silent(members) if {
	not members.fix
} else if {
	members.fix.type == "string"
	trim_space(members.fix.value) == ""
}

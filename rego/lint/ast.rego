# METADATA
# title: Syntax
# description: What several rules of the linter ask of OPA's syntax tree.
package lint.ast

# METADATA
# title: Test file
# description: Whether a file holds tests, or what they need.
is_test(file) if endswith(file, "_test.rego")

# METADATA
# title: Name of a rule
# description: The first part of what it defines, e.g. `holds` of `holds[key] contains hold`.
name(rule) := rule.head.ref[0].value

# METADATA
# title: Package
# description: The package of a module as a path, e.g. `sallyport/rules/level/table`.
package_path(module) := concat("/", [part.value | some index, part in module.package.path; index > 0])

# METADATA
# title: Calls
# description: Every call in a module, as expression or within another, with the name of what is called.
calls(module) := [{"name": called(call.value), "node": call, "args": array.slice(call.value, 1, count(call.value))} |
	walk(module.rules, [_, call])
	call.type == "call"
]

# METADATA
# title: Expressions
# description: Every expression of a body in a module that is a call, with the name of what is called.
expressions(module) := [{"name": called(expression.terms), "node": expression, "args": array.slice(expression.terms, 1, count(expression.terms))} |
	walk(module.rules, [_, expression])
	is_array(expression.terms)
	expression.terms[0].type == "ref"
]

# METADATA
# title: Called
# description: What a call calls, e.g. `array.concat`.
called(terms) := concat(".", [part.value | some part in terms[0].value; is_string(part.value)])

# METADATA
# title: Finding
# description: A finding at a node of a file; where a tree has no locations, in its first line.
finding(file, node, message, fix) := {
	"file": file,
	"line": object.get(node, ["location", "row"], 1),
	"message": message,
	"fix": fix,
}

# METADATA
# title: METADATA
# description: Packages, and rules that others may use, say what they are.
package lint.rules.metadata.complete

import data.lint.ast

# METADATA
# title: Findings
# description: Packages and rules without a title and a description. Rules that begin with _ are nobody else's.
findings contains ast.finding(file, module.package, message, "give the package a METADATA comment with title and description") if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	not _described(object.get(module, "annotations", []), {"package", "subpackages"})
	message := "the package has no METADATA with a title and a description"
}

findings contains ast.finding(file, rule, message, "describe it, or begin its name with _ when nobody else uses it") if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	some rule in module.rules
	name := ast.name(rule)
	not startswith(name, "_")
	not _rule_described(module, name)
	message := $"{name} has no METADATA with a title and a description"
}

# One of several definitions may speak for all.
_rule_described(module, name) if {
	some rule in module.rules
	ast.name(rule) == name
	_described(object.get(rule, "annotations", []), {"rule", "document"})
}

_described(annotations, scopes) if {
	some note in annotations
	note.scope in scopes
	_said(note.title)
	_said(note.description)
}

_said(text) if count(trim_space(text)) > 0

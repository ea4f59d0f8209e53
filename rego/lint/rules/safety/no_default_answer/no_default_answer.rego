# METADATA
# title: No default answer
# description: A rule gives its empty answer by a branch of its own, so that a branch that fails is noticed.
package lint.rules.safety.no_default_answer

import data.lint.ast

# METADATA
# title: Findings
# description: Answers of rules with a default.
findings contains ast.finding(file, rule, message, "give the empty array by a branch: answer := [] if not ...") if {
	some {"file": file, "module": module} in input.files
	regex.match(`/rules/`, file)
	some rule in module.rules
	rule["default"] == true
	ast.name(rule) == "answer"
	message := "with a default, a branch that fails looks like nothing to say"
}

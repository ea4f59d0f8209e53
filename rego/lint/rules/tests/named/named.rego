# METADATA
# title: Tests
# description: Tests are where OPA finds them, and run.
package lint.rules.tests.named

import data.lint.ast

# METADATA
# title: Findings
# description: Tests outside of files of tests, files of tests without one, and tests that are put off.
findings contains ast.finding(file, rule, message, "move it to the file of tests beside it") if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	some rule in module.rules
	startswith(ast.name(rule), "test_")
	message := $"{ast.name(rule)} is a test outside of a file of tests"
}

findings contains ast.finding(file, module.package, message, "write a test, or put what is shared into fixtures_test.rego") if {
	some {"file": file, "module": module} in input.files
	ast.is_test(file)
	not endswith(file, "/fixtures_test.rego")
	count([rule | some rule in module.rules; startswith(ast.name(rule), "test_")]) == 0
	message := "this file of tests has none"
}

findings contains ast.finding(file, rule, message, "make it pass, or remove it") if {
	some {"file": file, "module": module} in input.files
	some rule in module.rules
	startswith(ast.name(rule), "todo_")
	message := $"{ast.name(rule)} is not run"
}

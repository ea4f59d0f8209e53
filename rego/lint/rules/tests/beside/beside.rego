# METADATA
# title: Tests beside rules
# description: Each rule, check and rule of the linter has its tests beside it.
package lint.rules.tests.beside

import data.lint.ast

# METADATA
# title: Findings
# description: Rules in a folder of their own without a file of tests.
findings contains ast.finding(file, module.package, message, $"add {test}") if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	regex.match(`/(rules|checks)/`, file)
	test := replace(file, ".rego", "_test.rego")
	not test in _files
	message := "there are no tests beside it"
}

_files contains one.file if some one in input.files

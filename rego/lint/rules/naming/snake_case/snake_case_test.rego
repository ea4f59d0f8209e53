package lint.rules.naming.snake_case_test

import data.lint.fixtures
import data.lint.rules.naming.snake_case

test_other_names_are_found if {
	found := snake_case.findings with input as fixtures.files({
		"a/b.rego": "package a.b\n\ncamelCase := 1\n\nfine_name_2 := 2\n\n_private := 3\n\n__both := 4\n",
		"a/C.rego": "package a.C\n",
	})
	fixtures.said(found) == {
		"the rule camelCase is not in snake_case", "the rule __both is not in snake_case",
		"the package a/C is not in snake_case",
	}
}

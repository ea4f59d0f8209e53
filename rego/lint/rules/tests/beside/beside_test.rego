package lint.rules.tests.beside_test

import data.lint.fixtures
import data.lint.rules.tests.beside

test_rules_without_tests_are_found if {
	found := beside.findings with input as fixtures.files({
		"s/rules/a/b/b.rego": "package s.rules.a.b\n",
		"s/rules/a/c/c.rego": "package s.rules.a.c\n",
		"s/rules/a/c/c_test.rego": "package s.rules.a.c_test\n",
		"s/words.rego": "package s.words\n",
	})
	{[one.file, one.fix] | some one in found} == {["s/rules/a/b/b.rego", "add s/rules/a/b/b_test.rego"]}
}

package lint.rules.tests.named_test

import data.lint.fixtures
import data.lint.rules.tests.named

test_tests_that_do_not_run_are_found if {
	found := named.findings with input as fixtures.files({
		"a/b.rego": "package a.b\n\ntest_here := true\n",
		"a/b_test.rego": "package a.b_test\n\ntodo_test_later := true\n",
		"a/c_test.rego": "package a.c_test\n\ntest_it := true\n",
		"a/fixtures_test.rego": "package a.fixtures\n\nx := 1\n",
	})
	{[one.file, one.message] | some one in found} == {
		["a/b.rego", "test_here is a test outside of a file of tests"],
		["a/b_test.rego", "this file of tests has none"],
		["a/b_test.rego", "todo_test_later is not run"],
	}
}

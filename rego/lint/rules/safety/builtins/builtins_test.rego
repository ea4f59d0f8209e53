package lint.rules.safety.builtins_test

import data.lint.fixtures
import data.lint.rules.safety.builtins

test_calls_are_found_wherever_they_are if {
	found := builtins.findings with input as fixtures.files({"a/b.rego": concat("\n", [
		"package a.b", "", "x if time.now_ns() > 1", "", "y := {z | walk(input, [_, z])}", "",
		"z := count(sprintf(\"%d\", [1]))", "", "w := count(input.x)", "",
	])})
	fixtures.said(found) == {"a policy must not call time.now_ns", "a policy must not call walk", "a policy must not call sprintf"}
}

test_tests_and_the_linter_may_call_them if {
	text := "package a.b_test\n\nx := time.now_ns()\n"
	found := builtins.findings with input as fixtures.files({"a/b_test.rego": text, "lint/x.rego": "package lint.x\n\nx := time.now_ns()\n"})
	found == set()
}

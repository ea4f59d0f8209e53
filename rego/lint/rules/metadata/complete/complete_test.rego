package lint.rules.metadata.complete_test

import data.lint.fixtures
import data.lint.rules.metadata.complete

# The syntax tree that a builtin gives has no annotations, so they are put in.
noted(module) := object.union(module, {
	"annotations": [{"scope": "package", "title": "T", "description": "D"}],
	"rules": [object.union(rule, {"annotations": [{"scope": "rule", "title": "T", "description": "D"}]}) | some rule in module.rules],
})

test_what_says_nothing_is_found if {
	found := complete.findings with input as fixtures.files({"a/b.rego": "package a.b\n\nx := 1\n\n_y := 2\n"})
	fixtures.said(found) == {
		"the package has no METADATA with a title and a description",
		"x has no METADATA with a title and a description",
	}
}

test_what_is_described_is_not if {
	module := rego.parse_module("a/b.rego", "package a.b\n\nx := 1\n")
	found := complete.findings with input as {"files": [{"file": "a/b.rego", "module": noted(module)}]}
	found == set()
}

test_tests_need_none if {
	found := complete.findings with input as fixtures.files({"a/b_test.rego": "package a.b_test\n\nx := 1\n"})
	found == set()
}

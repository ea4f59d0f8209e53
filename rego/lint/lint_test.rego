package lint_test

import data.lint
import data.lint.fixtures

test_a_finding_is_named_after_its_rule if {
	found := lint.findings with input as fixtures.files({"sallyport/odd.rego": "package sallyport.odd\n\nBad := 1\n"})
	{finding.rule | some finding in found} == {"metadata/complete", "naming/snake-case"}
}

test_nothing_is_found_where_nothing_is_odd if {
	text := "package sallyport.fine_test\n\ntest_fine := true\n"
	found := lint.findings with input as fixtures.files({"sallyport/fine_test.rego": text})
	found == set()
}

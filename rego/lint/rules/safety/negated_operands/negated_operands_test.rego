package lint.rules.safety.negated_operands_test

import data.lint.fixtures
import data.lint.rules.safety.negated_operands

# A body; whether it is found.
cases := [
	["not r[x] >= 0", true],
	["not f(r[x])", true],
	["not f(data.settings.limits[x])", true],
	["not f(input.labels[x])", true],
	["not f(input.agent.id)", false],
	["not r[x] == 1", false],
	["not r[x]", false],
	["not f(x)", false],
	["not f(r, x)", false],
	["f(r[x])", false],
]

test_operands_that_may_be_undefined_are_found if {
	every case in cases {
		text := concat("", ["package a.b\n\nr := {\"a\": 1}\n\nf(_) := true\n\nf(_, _) := true\n\nx := \"a\"\n\ny if { ", case[0], " }\n"])
		found := negated_operands.findings with input as fixtures.files({"a/b.rego": text})
		seen := count(found) > 0
		seen == case[1]
	}
}

# That OPA does so is what the rule is for.
test_a_negated_comparison_with_nothing_is_not_true if {
	limits := {"a": 1}
	some name in ["b"]
	count([1 | not limits[name] >= 0]) == 0
	count([1 | not limits[name] == 0]) == 1
}

package lint.rules.messages.fix_test

import data.lint.fixtures
import data.lint.rules.messages.fix

# An object; whether it lacks a way out.
cases := [
	[`{"effect": "deny", "message": "no"}`, true],
	[`{"effect": "hold", "message": "wait", "fix": " "}`, true],
	[`{"effect": "deny", "message": "no", "fix": "ask them"}`, false],
	[`{"effect": "deny", "message": "no", "fix": other}`, false],
	[`{"effect": "grant", "message": "yes", "fix": ""}`, false],
	[`{"message": "nothing"}`, false],
]

test_denials_without_a_way_out_are_found if {
	every case in cases {
		text := concat("", ["package a.b\n\nother := \"x\"\n\nanswer := [", case[0], "]\n"])
		found := fix.findings with input as fixtures.files({"a/b.rego": text})
		seen := count(found) == 1
		seen == case[1]
	}
}

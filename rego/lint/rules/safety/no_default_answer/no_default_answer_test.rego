package lint.rules.safety.no_default_answer_test

import data.lint.fixtures
import data.lint.rules.safety.no_default_answer

test_defaults_of_answers_are_found if {
	found := no_default_answer.findings with input as fixtures.files({
		"s/rules/a/b/b.rego": "package s.rules.a.b\n\ndefault answer := []\n",
		"s/rules/a/c/c.rego": "package s.rules.a.c\n\nanswer := []\n\ndefault other := 1\n",
		"s/words.rego": "package s.words\n\ndefault answer := 1\n",
	})
	{one.file | some one in found} == {"s/rules/a/b/b.rego"}
}

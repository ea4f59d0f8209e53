package sallyport.rules.limits.attempts_test

import data.sallyport.fixtures
import data.sallyport.rules.limits.attempts

limits := {"attempts": {"staging": {"denied": 100, "repeats": 3, "failures": 2}}}

times(number) := {"count": number, "calls": ["0a", "0b"]}

counting(change) := {"state": {"counts": change}}

failed(tally) := {"state": {"failures": tally}}

act := "patch of deployments.apps web in namespace shop"

# What is changed; the messages.
cases := [
	[{}, []],
	[counting({"denied": 99, "repeats": times(2)}), []],
	[failed(times(1)), []],
	[counting({"denied": 100}), ["agent bot was denied 100 times within the hour, and at 100 people are asked in staging"]],
	[counting({"denied": "unknown"}), ["agent bot was denied an unknown number of times within the hour, and at 100 people are asked in staging"]],
	[counting({"repeats": times(3)}), [$"this very {act} was let through 3 times within the hour (0a, 0b), and at 3 people are asked in staging"]],
	[
		counting({"repeats": "unknown"}),
		[$"this very {act} was let through an unknown number of times within the hour, and at 3 people are asked in staging"],
	],
	[failed(times(2)), [$"the same fix, the {act}, failed 2 times within the hour (0a, 0b), and at 2 people are asked in staging"]],
	[object.union(failed(times(9)), fixtures.there("prod")), []],
	[object.union(failed(times(9)), {"action": {"dry_run": true}}), []],
	[
		object.union(failed(times(9)), {"target": {"labels": {"object": {"environment": "unknown"}}}}),
		[$"the same fix, the {act}, failed 9 times within the hour (0a, 0b), and at 2 people are asked in staging"],
	],
]

test_what_was_tried_too_often if {
	every case in cases {
		found := attempts.answer with input as fixtures.writing(case[0]) with data.settings.limits as limits
		[finding.message | some finding in found] == case[1]
	}
}

test_whole_finding if {
	found := attempts.answer with input as fixtures.writing(failed(times(2))) with data.settings.limits as limits
	found == [{
		"effect": "hold",
		"message": $"the same fix, the {act}, failed 2 times within the hour (0a, 0b), and at 2 people are asked in staging",
		"fix": "ask platform to approve it; find another way, or hand over to people",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
}

test_what_is_not_counted_was_too_often_where_there_is_a_limit if {
	every unknown in [{"counts": "unknown"}, {"failures": "unknown"}, {"counts": "unknown", "failures": "unknown"}] {
		found := attempts.answer with input as fixtures.writing({"state": unknown}) with data.settings.limits as limits
		found == [{
			"effect": "hold",
			"message": "what agent bot tried within the hour is not known, and in staging there are limits",
			"fix": "ask platform to approve it",
			"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
		}]
	}
}

test_a_limit_that_is_not_understood_is_one if {
	found := attempts.answer with input as fixtures.write with data.settings.limits as {"attempts": {"staging": {"luck": 9}}}
	[finding.fix | some finding in found] == ["ask platform to approve it; have the setting luck corrected"]
}

test_no_limits_no_findings if {
	attempts.answer == [] with input as fixtures.writing(failed(times(99))) with data.settings.limits as {}
}

# As shipped, the same fix failing twice asks people, wherever it is.
test_a_fix_that_failed_twice_asks_people_everywhere if {
	every place in ["dev", "test", "staging", "prod"] {
		found := attempts.answer with input as fixtures.writing(object.union(failed(times(2)), fixtures.there(place)))
		[finding.effect | some finding in found] == ["hold"]
	}
}

package sallyport.rules.blast.limits_test

import data.sallyport.fixtures
import data.sallyport.rules.blast.limits

refusing := {"tier_b": {}, "refuse": {"staging": {"pods": 100, "objects": 10}}}

# What is changed; the messages.
cases := [
	[{}, []],
	[{"blast": {"pods": 100, "objects": 10}}, []],
	[
		{"blast": {"pods": 101}},
		["the patch of deployments.apps web in namespace shop reaches 101 pods, and nothing beyond 100 runs in staging"],
	],
	[
		{"blast": {"pods": "unknown"}},
		["the patch of deployments.apps web in namespace shop reaches an unknown number of pods, and nothing beyond 100 runs in staging"],
	],
	[
		{"blast": {"pods": 500, "objects": 11}},
		[
			"the patch of deployments.apps web in namespace shop reaches 11 objects, and nothing beyond 10 runs in staging",
			"the patch of deployments.apps web in namespace shop reaches 500 pods, and nothing beyond 100 runs in staging",
		],
	],
	[{"blast": {"pods": 500}, "action": {"dry_run": true}}, []],
	[object.union({"blast": {"pods": 500}}, fixtures.there("dev")), []],
]

test_nothing_runs_beyond_a_hard_limit if {
	every case in cases {
		found := limits.answer with input as fixtures.writing(case[0]) with data.settings.limits as refusing
		[finding.message | some finding in found] == case[1]
	}
}

test_whole_finding if {
	found := limits.answer with input as fixtures.writing({"blast": {"pods": 101}}) with data.settings.limits as refusing
	found == [{
		"effect": "deny",
		"message": "the patch of deployments.apps web in namespace shop reaches 101 pods, and nothing beyond 100 runs in staging",
		"fix": "split it into acts that each reach at most 100",
	}]
}

test_no_hard_limits_as_shipped if {
	limits.answer == [] with input as fixtures.writing({"blast": {"pods": 100000}})
}

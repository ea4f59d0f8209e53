package sallyport.checks.escalation_test

import data.sallyport.checks.escalation

graph := {
	"steps": [{"after": "0s", "ask": ["platform"]}, {"after": "10m", "tell": ["shop"]}],
	"loops": 2, "loop_every": "20m", "fallback": {}, "decide_within": "1h", "run_within": "15m",
}

# What makes a good graph a bad one, and what is said of it, below its place.
cases := [
	[{}, []],
	[{"steps": [{"after": "10m"}, {"after": "600s"}]}, [[["steps", 1, "after"], "it is due no later than the step before it"]]],
	[{"loop_every": "10m"}, [[["loop_every"], "a round is over before its last step is due"]]],
	[
		{"steps": [{"after": "0s"}], "loops": 20, "loop_every": "3m"},
		[[["decide_within"], "it ends before 20 rounds of 3m are over"]],
	],
	[{"decide_within": "169h"}, [[["decide_within"], "it is longer than 168h"]]],
	[{"run_within": "1441m"}, [[["run_within"], "it is longer than 24h"]]],
	[
		{"steps": [{"after": "0s", "ask": ["platform", "passers-by"]}]},
		[[["steps", 0, "ask"], "passers-by may approve nothing by approvers.yaml"]],
	],
]

test_graphs_come_to_an_end if {
	escalation.problems == []
	every case in cases {
		found := escalation.problems with data.settings.escalation.graphs as {"standard": object.union(graph, case[0]), "careful": graph}
		[[array.slice(one.path, 3, 6), one.message] | some one in found] == case[1]
	}
}

test_who_asks_those_without_power_is_warned if {
	asking := object.union(graph, {"steps": [{"after": "0s", "ask": ["passers-by"]}]})
	found := escalation.problems with data.settings.escalation.graphs as {"standard": asking, "careful": graph}
	{problem.level | some problem in found} == {"warning"}
}

test_graphs_and_environments_that_are_named_are_there if {
	default_graph := escalation.problems with data.settings.escalation["default"] as "none"
	default_graph == [{"level": "error", "path": ["escalation", "default"], "message": "there is no graph none"}]
	of_environment := escalation.problems with data.settings.escalation.environments as {"prod": {"C": "none"}}
	{problem.path | some problem in of_environment} == {["escalation", "environments", "prod", "C"]}
	of_service := escalation.problems with data.settings.escalation.services as {"web": {"prod": {"B": "none"}, "mars": {"B": "standard"}}}
	{problem.path | some problem in of_service} == {["escalation", "services", "web", "prod", "B"], ["escalation", "services", "web", "mars"]}
	elsewhere := escalation.problems with data.settings.escalation.environments as {"mars": {}}
	{problem.path | some problem in elsewhere} == {["escalation", "environments", "mars"]}
}

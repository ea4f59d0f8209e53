package sallyport.rules.limits.hourly_test

import data.sallyport.fixtures
import data.sallyport.rules.limits.hourly

limits := {"hourly": {
	"agent": {"staging": {"changes": 10, "objects": 20, "pods": 30}, "prod": {"objects": 20}},
	"service": {"staging": {"share": 2}},
	"intent": {"staging": {"objects": 5}},
}}

spent(change) := {"state": {"spent": change}}

by_agent(amounts) := spent({"agent": {"staging": fixtures.spending(amounts)}})

act := "the patch of deployments.apps web in namespace shop would bring what"

# What is changed; the messages without who spent it. The change itself takes 1 object, 2 pods and half of the workload.
cases := [
	[{}, []],
	[by_agent({"changes": 9, "objects": 19, "pods": 28}), []],
	[by_agent({"changes": 10}), [$"{act} agent bot spent in staging within the hour to 11 changes, and the budget is 10"]],
	[by_agent({"objects": 20}), [$"{act} agent bot spent in staging within the hour to 21 objects, and the budget is 20"]],
	[by_agent({"pods": 29}), [$"{act} agent bot spent in staging within the hour to 31 pods, and the budget is 30"]],
	[by_agent({"pods": "unknown"}), [$"{act} agent bot spent in staging within the hour to an unknown number of pods, and the budget is 30"]],
	[object.union(by_agent({"pods": 99}), {"blast": {"pods": 0}}), []],
	[object.union(by_agent({"pods": "unknown"}), {"blast": {"pods": 0}}), []],
	[{"blast": {"pods": "unknown"}}, [$"{act} agent bot spent in staging within the hour to an unknown number of pods, and the budget is 30"]],
	[{"blast": {"pods": 31}}, [$"{act} agent bot spent in staging within the hour to 31 pods, and the budget is 30"]],
	[spent({"services": {"shop": {"staging": fixtures.spending({"share": 1.5})}}}), []],
	[
		spent({"services": {"cart": {}, "shop": {"staging": fixtures.spending({"share": 1.6})}}}),
		[$"{act} service shop spent in staging within the hour to 2.1 times a whole workload, and the budget is 2"],
	],
	[
		spent({"services": "unknown"}),
		[$"{act} the service, which is not known, spent in staging within the hour to an unknown share of workloads, and the budget is 2"],
	],
	[spent({"intent": {}}), []],
	[
		spent({"intent": {"staging": fixtures.spending({"objects": 5})}}),
		[$"{act} this intent spent in staging within the hour to 6 objects, and the budget is 5"],
	],
	[spent({"agent": {"dev": fixtures.spending({"objects": 99})}}), []],
	[object.union(by_agent({"objects": 99}), fixtures.there("dev")), []],
	[object.union(by_agent({"objects": 99}), {"action": {"dry_run": true}}), []],
	[
		object.union(by_agent({"objects": 99}), {"target": {"labels": {"object": {"environment": "unknown"}}}}),
		[$"{act} agent bot spent in staging within the hour to 100 objects, and the budget is 20"],
	],
]

test_what_is_beyond_a_budget if {
	every case in cases {
		found := hourly.answer with input as fixtures.writing(case[0]) with data.settings.limits as limits
		[split(finding.message, ", lately by")[0] | some finding in found] == case[1]
	}
}

test_whole_finding if {
	found := hourly.answer with input as fixtures.writing(by_agent({"objects": 20})) with data.settings.limits as limits
	found == [{
		"effect": "hold",
		"message": $"{act} agent bot spent in staging within the hour to 21 objects, and the budget is 20, lately by 0a, 0b",
		"fix": "ask platform to approve it, or wait: the first part counts no longer from 2026-11-20T10:30:00.000Z on",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
}

test_what_nothing_is_known_of_is_beyond_every_budget if {
	found := hourly.answer with input as fixtures.writing(spent("unknown")) with data.settings.limits as limits
	found == [{
		"effect": "hold",
		"message": "what agent bot spent within the hour is not known, and in staging there are budgets",
		"fix": "ask platform to approve it",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
	elsewhere := object.union(spent("unknown"), fixtures.there("dev"))
	hourly.answer == [] with input as fixtures.writing(elsewhere) with data.settings.limits as limits
}

test_accounts_that_are_not_known_are_beyond_their_budgets if {
	parts := {"agent": "unknown", "services": "unknown", "intent": "unknown"}
	found := hourly.answer with input as fixtures.writing(spent(parts)) with data.settings.limits as limits
	[finding.message | some finding in found] == [concat("", [
		$"{act} agent bot spent in staging within the hour to an unknown number of changes, and the budget is 10",
		"; and so it is with 4 other budgets",
	])]
}

test_a_budget_that_is_not_understood_is_one if {
	found := hourly.answer with input as fixtures.write with data.settings.limits as {"hourly": {"agent": {"staging": {"money": 9}}}}
	[finding.effect | some finding in found] == ["hold"]
}

test_no_budgets_no_findings if {
	hourly.answer == [] with input as fixtures.writing(spent("unknown")) with data.settings.limits as {}
}

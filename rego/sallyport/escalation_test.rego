package sallyport.escalation_test

import data.sallyport.escalation
import data.sallyport.fixtures

graph(decide, run) := {
	"steps": [{"after": "0s"}, {"after": "10m", "ask": ["shop"], "tell": ["platform"], "notify": ["pager"]}],
	"loops": 2, "loop_every": "1h", "fallback": {"tell": ["platform"]}, "decide_within": decide, "run_within": run,
}

settings := {
	"graphs": {"usual": graph("3h", "15m"), "far": graph("4h", "15m"), "shop": graph("5h", "90s"), "hasty": graph("5h", "30s")},
	"default": "usual",
	"environments": {"prod": {"C": "far"}, "staging": {"C": "far"}},
	"services": {"web": {"staging": {"B": "shop"}}, "till": {"staging": {"B": "hasty"}}},
}

staging := fixtures.writing({})

in_production := fixtures.writing({
	"target": {"labels": {"object": {"environment": "prod"}}},
	"action": {"way_back": {"how": "none"}},
})

test_graph_is_that_of_the_tier_in_the_environment if {
	escalation.name == "usual" with input as staging with data.settings.escalation as settings
	tier_c := fixtures.writing({"action": {"way_back": {"how": "none"}}})
	escalation.name == "far" with input as tier_c with data.settings.escalation as settings
	escalation.name == "far" with input as in_production with data.settings.escalation as settings
}

test_service_has_a_graph_of_its_own if {
	place := {"environment": "staging"}
	web := fixtures.writing({"target": {"labels": {"route": object.union(place, {"service": "web"})}}})
	escalation.name == "shop" with input as web with data.settings.escalation as settings
	other := fixtures.writing({"target": {"labels": {"route": object.union(place, {"service": "other"})}}})
	escalation.name == "usual" with input as other with data.settings.escalation as settings
	unknown := fixtures.writing({"target": {"labels": {"route": object.union(place, {"service": "unknown"})}}})
	escalation.name == "usual" with input as unknown with data.settings.escalation as settings
}

test_of_several_services_the_graph_that_ends_first_counts if {
	both := fixtures.writing({"target": {"labels": {"route": {"service": "web"}, "object": {"service": "till"}}}})
	escalation.name == "hasty" with input as both with data.settings.escalation as settings
}

test_graph_is_given_in_seconds_and_whole if {
	found := escalation.graph with input as staging with data.settings.escalation as settings
	found == {
		"name": "usual",
		"steps": [
			{"after": 0, "ask": [], "tell": [], "notify": []},
			{"after": 600, "ask": ["shop"], "tell": ["platform"], "notify": ["pager"]},
		],
		"loops": 2, "loop_every": 3600,
		"fallback": {"ask": [], "tell": ["platform"], "notify": []},
		"decide_within": 10800, "run_within": 900,
	}
}

test_graphs_as_shipped_can_be_read if {
	near := escalation.graph with input as staging
	near.name == "standard"
	far := escalation.graph with input as in_production
	far.name == "careful"
}

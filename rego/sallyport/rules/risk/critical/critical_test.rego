package sallyport.rules.risk.critical_test

import data.sallyport.fixtures
import data.sallyport.rules.risk.critical

tier(label) := {"target": {"labels": {"object": {"tier": label}}}}

small := {"blast": {"objects": 1, "pods": 1, "replicas": 4, "share": 0.25, "namespaces": 1}}

large := {"blast": {"share": 0.5, "pods": 4}}

people := [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}]

test_other_services_are_not_concerned if {
	every label in ["none", "1", "2", "3", "tier-1", "high", "low"] {
		critical.answer == [] with input as fixtures.writing(object.union(tier(label), large))
	}
}

test_small_steps_are_let_alone if {
	critical.answer == [] with input as fixtures.writing(object.union(tier("0"), small))
}

test_larger_steps_are_for_people if {
	found := critical.answer with input as fixtures.writing(object.union(tier("0"), large))
	found == [{
		"effect": "hold",
		"message": concat("", [
			"the patch of deployments.apps web in namespace shop is of a critical service (tier 0) and reaches 4 pods, ",
			"50 % of the workload at once, beyond what is small for one",
		]),
		"fix": "make it smaller, or ask 1 person of platform to approve it",
		"holds": people,
	}]
}

test_deletions_are_for_people if {
	deletion := object.union(tier("critical"), object.union(small, {"action": {"class": "delete"}}))
	found := critical.answer with input as fixtures.writing(deletion)
	found[0].holds == people
	contains(found[0].message, "is of a critical service (tier critical) and deletes what others stand on")
}

test_what_is_not_known_may_be_critical if {
	every label in ["unknown", "platinum"] {
		found := critical.answer with input as fixtures.writing(object.union(tier(label), large))
		found[0].holds == people
	}
	unread := object.union(tier("0"), object.union(small, {"blast": {"pods": "unknown"}}))
	found := critical.answer with input as fixtures.writing(unread)
	contains(found[0].message, "reaches an unknown number of pods")
}

test_the_strictest_source_counts if {
	both := {"target": {"labels": {"route": {"tier": "0"}, "object": {"tier": "3"}}}}
	found := critical.answer with input as fixtures.writing(object.union(both, large))
	contains(found[0].message, "(tier 0, 3)")
}

test_dry_runs_are_let_alone if {
	critical.answer == [] with input as fixtures.writing(object.union(tier("0"), {"blast": {"pods": 99}, "action": {"dry_run": true}}))
}

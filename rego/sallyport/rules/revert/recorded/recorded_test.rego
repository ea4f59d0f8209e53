package sallyport.rules.revert.recorded_test

import data.sallyport.fixtures
import data.sallyport.rules.revert.recorded

places := {
	"prod": {"hours": 2, "automatic": {"B": true, "C": false}},
	"staging": {"hours": 2, "automatic": {"B": false, "C": false}},
}

judged(by, change) := found if {
	found := recorded.answer with input as fixtures.reverting(by, change) with data.settings.reverts as places
}

effect(by, change) := judged(by, change)[0].effect

test_what_takes_nothing_back_is_no_matter_of_this_rule if {
	recorded.answer == [] with input as fixtures.write
	recorded.answer == [] with input as json.remove(fixtures.write, ["/action/reverts"])
}

test_what_nobody_stands_for_is_refused if {
	every change in [
		{"agent": {"credential": "token"}},
		{"agent": {"credential": "unknown"}},
		{"action": {"reverts": "unknown"}},
	] {
		found := recorded.answer with input as fixtures.reverting("operator", change)
		found[0].effect == "deny"
	}
}

test_an_operator_may_take_a_decision_back if {
	judged("operator", {}) == [{
		"effect": "grant",
		"message": "decision 0d may be taken back by the operator who orders it",
		"fix": "",
		"obligations": [],
	}]
	effect("operator", fixtures.too_far) == "grant"
}

test_the_gate_does_so_where_the_data_say_it if {
	effect("gate", fixtures.there("prod")) == "grant"
	effect("gate", object.union(fixtures.there("prod"), fixtures.too_far)) == "deny"
	effect("gate", {}) == "deny"
	effect("gate", {"action": {"dry_run": true}}) == "grant"
	effect("gate", fixtures.there("mars")) == "grant"
	judged("gate", {}) == [{
		"effect": "deny",
		"message": "the patch of deployments.apps web in namespace shop, which would take decision 0d back, is refused: the gate does not do that by itself (automatic reverts of tier B are off in staging)",
		"fix": "ask an operator to revert it",
	}]
}

test_it_is_offered_for_some_time if {
	effect("operator", {"call": {"time": "2026-11-20T12:00:00.000Z"}}) == "grant"
	effect("operator", {"call": {"time": "2026-11-20T12:00:00.001Z"}}) == "deny"
	effect("operator", {"call": {"time": "unknown"}}) == "deny"
	effect("operator", {"action": {"reverts": {"at": "unknown"}}}) == "deny"
	effect("operator", fixtures.there("dev")) == "deny"
}

test_what_cannot_be_taken_back_again_is_forced_by_an_operator if {
	every how in ["none", "unknown"] {
		lasting := {"action": {"way_back": {"how": how}}}
		effect("operator", lasting) == "deny"
		effect("operator", object.union(lasting, {"action": {"reverts": {"forced": true}}})) == "grant"
		effect("operator", object.union(lasting, {"action": {"reverts": {"forced": "unknown"}}})) == "deny"
		effect("gate", object.union(object.union(fixtures.there("prod"), lasting), {"action": {"reverts": {"forced": true}}})) == "deny"
	}
}

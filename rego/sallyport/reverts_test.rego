package sallyport.reverts_test

import data.sallyport.fixtures
import data.sallyport.reverts

test_a_revert_is_one_when_both_say_so if {
	reverts.applies with input as fixtures.reverting("operator", {})
	reverts.applies with input as fixtures.reverting("gate", {})
}

test_nothing_else_is_a_revert if {
	every change in [
		{"agent": {"credential": "token"}},
		{"agent": {"credential": "gate"}},
		{"agent": {"credential": "unknown"}},
		{"action": {"reverts": "none"}},
		{"action": {"reverts": "unknown"}},
		{"action": {"reverts": {"decision": null}}},
		{"action": {"reverts": {"by": "agent"}}, "agent": {"credential": "agent"}},
		{"action": {"reverts": {"by": "unknown"}}, "agent": {"credential": "unknown"}},
	] {
		not reverts.applies with input as fixtures.reverting("operator", change)
	}
	not reverts.applies with input as fixtures.write
	not reverts.applies with input as json.remove(fixtures.write, ["/action/reverts"])
}

test_rules_that_spare_reverts_are_not_asked_of_them if {
	entries := [{"id": "a"}, {"id": "b", "spares_reverts": true}]
	reverts.concerns(entries) == entries with input as fixtures.write
	reverts.concerns(entries) == [{"id": "a"}] with input as fixtures.reverting("gate", {})
}

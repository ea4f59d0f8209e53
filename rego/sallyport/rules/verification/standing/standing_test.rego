package sallyport.rules.verification.standing_test

import data.sallyport.fixtures
import data.sallyport.rules.verification.standing

# How the last verification of the target stands; what is said of it.
cases := [
	["running", "that is still being verified"],
	["failed", "that did not succeed"],
	["inconclusive", "of which nobody knows whether it worked"],
	["unknown", "of which nobody knows whether it worked"],
]

test_people_are_asked_while_it_is_not_known_to_be_well if {
	every case in cases {
		found := standing.answer with input as fixtures.writing({"state": {"verification": case[0]}})
		[[one.effect, endswith(one.message, case[1]), [hold.quorum | some hold in one.holds]] | some one in found] == [["hold", true, [1]]]
	}
}

test_nothing_is_said_where_nothing_is_verified if {
	standing.answer == [] with input as fixtures.writing({"state": {"verification": "none"}})
}

test_dry_runs_change_nothing if {
	standing.answer == [] with input as fixtures.writing({
		"state": {"verification": "running"},
		"action": {"dry_run": true},
	})
}

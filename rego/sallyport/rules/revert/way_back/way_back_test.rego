package sallyport.rules.revert.way_back_test

import data.sallyport.fixtures
import data.sallyport.rules.revert.way_back

said(change) := found[0].message if {
	found := way_back.answer with input as fixtures.writing(change)
}

test_a_plain_way_back_is_not_worth_a_word if {
	every how in ["inverse", "revision", "not_needed"] {
		way_back.answer == [] with input as fixtures.writing({"action": {"way_back": {"how": how}}})
	}
	way_back.answer == [] with input as fixtures.writing({"action": {"dry_run": true, "way_back": {"how": "none"}}})
}

test_what_cannot_be_undone_is_said_to_be_so if {
	said({"action": {"way_back": {"how": "none"}}}) == "way back: none; what the patch of deployments.apps web in namespace shop does cannot be undone"
	said({"action": {"way_back": {"how": "unknown"}}}) == "way back: unknown; take it that what the patch of deployments.apps web in namespace shop does cannot be undone"
}

test_what_does_not_come_back_whole_is_said_to_be_so if {
	said({"action": {"way_back": {"how": "recreate", "exact": false}}}) == "way back: recreate; not all of what was there comes back"
	said({"action": {"way_back": {"exact": "unknown"}}}) == "way back: inverse; not all of what was there comes back"
}

test_the_way_back_of_a_creation_is_a_deletion if {
	said({"target": {"exists": false}}) == "way back: delete it again, which reaches 1 object, 2 pods, in 1 namespace"
}

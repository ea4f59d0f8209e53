package sallyport.rules.dry_run.preview_test

import data.sallyport.fixtures
import data.sallyport.rules.dry_run.preview

dry := {"action": {"dry_run": true}}

test_dry_run_is_granted_from_level_1 if {
	found := preview.answer with input as fixtures.writing(object.union(dry, fixtures.too_far))
	found == [{
		"effect": "grant",
		"message": "level 1 (observer) may do this: a dry run of a write",
		"fix": "",
		"obligations": [],
	}]
}

test_dry_run_is_advised_at_level_0 if {
	found := preview.answer with input as fixtures.writing(object.union(dry, fixtures.at_level(0)))
	found[0].effect == "deny"
	found[0].advice == {"level": 1, "outcome": "allow", "holds": [], "obligations": []}
}

test_real_changes_are_left_to_the_level_table if {
	preview.answer == [] with input as fixtures.write
	preview.answer == [] with input as fixtures.writing({"action": {"dry_run": "unknown"}})
}

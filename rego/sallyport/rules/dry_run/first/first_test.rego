package sallyport.rules.dry_run.first_test

import data.sallyport.fixtures
import data.sallyport.rules.dry_run.first

listed := {"as_dry_run": {}, "first": {"staging": {"delete": true, "kubernetes:deployments.apps:patch": true}}}

deletion(change) := fixtures.writing(object.union({"action": {"class": "delete", "name": "kubernetes:pods:delete"}}, change))

required(name) := [{
	"effect": "require",
	"message": concat("", [name, " is run dry in staging before it runs, and does not run when the server refuses that"]),
	"fix": "nothing has to be done; ask the platform team to take it off dry_run.yaml if this is in the way",
	"obligations": [{"name": "dry-run-first", "params": {}}],
}]

test_nothing_is_listed_as_shipped if {
	first.answer == [] with input as deletion({})
}

test_classes_and_names_are_listed if {
	found := first.answer with input as deletion({}) with data.settings.dry_run as listed
	found == required("kubernetes:pods:delete")
	named := first.answer with input as fixtures.write with data.settings.dry_run as listed
	named == required("kubernetes:deployments.apps:patch")
	other := fixtures.writing({"action": {"name": "kubernetes:configmaps:patch"}})
	first.answer == [] with input as other with data.settings.dry_run as listed
}

test_people_are_asked_where_the_gate_cannot if {
	found := first.answer with input as deletion({"state": {"can": ["notify"]}}) with data.settings.dry_run as listed
	found == [{
		"effect": "hold",
		"message": "kubernetes:pods:delete must be run dry first in staging, which the gate cannot do with this call",
		"fix": "ask 1 person of platform to approve it as it is",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
}

test_listing_counts_wherever_the_target_may_be if {
	found := first.answer with input as deletion({"target": {"labels": {"object": fixtures.unread}}})
		with data.settings.dry_run as listed
	found[0].effect == "require"
	first.answer == [] with input as deletion(fixtures.there("dev")) with data.settings.dry_run as listed
}

test_dry_runs_are_not_run_dry if {
	first.answer == [] with input as deletion({"action": {"dry_run": true}}) with data.settings.dry_run as listed
}

test_what_is_not_known_may_be_listed if {
	found := first.answer with input as fixtures.writing({"action": {"name": "unknown"}}) with data.settings.dry_run as listed
	found[0].effect == "require"
}

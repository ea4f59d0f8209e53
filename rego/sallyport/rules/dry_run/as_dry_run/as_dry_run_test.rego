package sallyport.rules.dry_run.as_dry_run_test

import data.sallyport.fixtures
import data.sallyport.rules.dry_run.as_dry_run

listed := {"as_dry_run": {"staging": {"kubernetes:deployments.apps:patch": true}}}

required := [{
	"effect": "require",
	"message": "kubernetes:deployments.apps:patch runs as its dry run in staging: nothing is changed",
	"fix": "ask the platform team to take it off dry_run.yaml",
	"obligations": [{"name": "as-dry-run", "params": {}}],
}]

test_nothing_is_listed_as_shipped if {
	as_dry_run.answer == [] with input as fixtures.write
}

test_listed_change_runs_as_its_dry_run if {
	as_dry_run.answer == required with input as fixtures.write with data.settings.dry_run as listed
}

test_listed_change_asks_people_where_the_gate_cannot if {
	found := as_dry_run.answer with input as fixtures.writing({"state": {"can": []}}) with data.settings.dry_run as listed
	found == [{
		"effect": "hold",
		"message": "kubernetes:deployments.apps:patch must run as its dry run in staging, which the gate cannot do on route staging",
		"fix": "ask platform to approve the real change",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
}

test_listing_counts_wherever_the_target_may_be if {
	unread := fixtures.writing({"target": {"labels": {"object": fixtures.unread}}})
	found := as_dry_run.answer with input as unread with data.settings.dry_run as listed
	found[0].effect == "require"
}

test_other_environments_and_dry_runs_are_not_concerned if {
	as_dry_run.answer == [] with input as fixtures.writing(fixtures.there("dev")) with data.settings.dry_run as listed
	as_dry_run.answer == [] with input as fixtures.writing({"action": {"dry_run": true}}) with data.settings.dry_run as listed
}

test_what_is_not_known_may_be_listed if {
	unnamed := {"action": {"name": "unknown"}}
	found := as_dry_run.answer with input as fixtures.writing(unnamed) with data.settings.dry_run as listed
	found[0].effect == "require"
	elsewhere := fixtures.writing(object.union(unnamed, fixtures.there("dev")))
	as_dry_run.answer == [] with input as elsewhere with data.settings.dry_run as listed
}

package sallyport.runbooks_test

import data.sallyport.fixtures
import data.sallyport.runbooks

named := {"claims": {"runbook": "restart-stateless"}}

# What is changed; whether the runbook covers it.
cases := [
	[named, true],
	[object.union(named, fixtures.there("prod")), true],
	[{}, false],
	[{"claims": {"runbook": "another"}}, false],
	[object.union(named, {"action": {"name": "kubernetes:deployments.apps:delete"}}), false],
	[object.union(named, {"blast": {"pods": 11}}), false],
	[object.union(named, {"blast": {"pods": "unknown"}}), false],
	[object.union(named, {"call": {"time": "2027-06-30T00:00:00.000Z"}}), false],
	[object.union(named, {"call": {"time": "unknown"}}), false],
	[object.union(named, {"call": {"time": "2026-11-20T10:15:30.123+01:00"}}), false],
	[object.union(named, {"target": {"labels": {"object": fixtures.unread}}}), true],
]

test_coverage if {
	every case in cases {
		runbooks.covered == case[1] with input as fixtures.writing(case[0])
	}
}

semi_safe := object.union(data.settings.runbooks, {"restart-stateless": {"class": "semi-safe"}})

elsewhere := object.union(data.settings.runbooks, {"restart-stateless": {"environments": {"dev": false}}})

test_only_safe_runbooks_run_alone if {
	not runbooks.covered with input as fixtures.writing(named) with data.settings.runbooks as semi_safe
}

test_runbook_must_cover_every_environment_where_none_is_established if {
	unread := fixtures.writing(object.union(named, {"target": {"labels": {"object": fixtures.unread}}}))
	not runbooks.covered with input as unread with data.settings.runbooks as elsewhere
	runbooks.covered with input as fixtures.writing(named) with data.settings.runbooks as elsewhere
}

package sallyport.rules.runbook.permitted_test

import data.sallyport.fixtures
import data.sallyport.rules.runbook.permitted
import data.sallyport.runbooks

# To whom the runbook is given; whether agent bot of team shop may follow it.
cases := [
	[{}, true],
	[{"agents": ["bot"]}, true],
	[{"agents": ["other"]}, false],
	[{"teams": ["shop"]}, true],
	[{"teams": ["pay"]}, false],
	[{"agents": ["other"], "teams": ["shop"]}, true],
	[{"agents": ["shop"], "teams": ["bot"]}, false],
]

test_runbooks_are_for_whom_they_name if {
	every case in cases {
		given := object.union(data.settings.runbooks, {"restart-stateless": case[0]})
		asked := fixtures.writing(object.union({"agent": {"level": 3}}, fixtures.restarting))
		gaps := runbooks.gaps with input as asked with data.settings.runbooks as given
		found := permitted.answer with input as asked with data.settings.runbooks as given
		[count(gaps) == 0, count(found) == 0] == [case[1], case[1]]
	}
}

test_whole_finding if {
	given := object.union(data.settings.runbooks, {"restart-stateless": {"agents": ["other"]}})
	found := permitted.answer with input as fixtures.writing(fixtures.restarting) with data.settings.runbooks as given
	found == [{
		"effect": "hold",
		"message": "agent bot of team shop may not follow runbook restart-stateless, so a person looks at the patch of deployments.apps web in namespace shop first",
		"fix": "ask platform to let it follow the runbook, or ask platform to approve it",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
}

test_dry_runs_and_what_names_no_runbook_are_not_concerned if {
	given := object.union(data.settings.runbooks, {"restart-stateless": {"agents": ["other"]}})
	every change in [{}, object.union(fixtures.restarting, {"action": {"dry_run": true}})] {
		permitted.answer == [] with input as fixtures.writing(change) with data.settings.runbooks as given
	}
}

test_a_runbook_that_there_is_not_is_nobodys if {
	found := permitted.answer with input as fixtures.writing({"claims": {"runbook": "nonsense"}})
	[one.message | some one in found] == ["there is no runbook nonsense, so a person looks at the patch of deployments.apps web in namespace shop first"]
}

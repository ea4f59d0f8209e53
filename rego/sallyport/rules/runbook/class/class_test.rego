package sallyport.rules.runbook.class_test

import data.sallyport.fixtures
import data.sallyport.rules.runbook.class as incident_class

hold := {"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}

claiming(claims) := fixtures.writing({"claims": claims})

# What is claimed; the effect and who it is said of.
cases := [
	[{}, []],
	[{"incident_class": "safe"}, []],
	[{"runbook": "restart-stateless"}, []],
	[{"runbook": "another"}, []],
	[{"runbook": "rollback-deployment"}, [["hold", "runbook rollback-deployment is not safe"]]],
	[{"incident_class": "semi-safe"}, [["hold", "the incident is said to be semi-safe, which is not safe"]]],
	[{"incident_class": "sev1"}, [["hold", "the incident is said to be sev1, which is not safe"]]],
	[{"incident_class": "human-only"}, [["deny", "the incident is said to be human-only, which is for people only"]]],
	[
		{"incident_class": "human-only", "runbook": "rollback-deployment"},
		[["deny", "the incident is said to be human-only, which is for people only"]],
	],
	[{"incident_class": "safe", "runbook": "rollback-deployment"}, [["hold", "runbook rollback-deployment is not safe"]]],
]

test_incidents_that_are_not_safe_are_not_left_to_agents if {
	every case in cases {
		found := incident_class.answer with input as claiming(case[0])
		[one.effect | some one in found] == [said[0] | some said in case[1]]
		every index, said in case[1] {
			startswith(found[index].message, concat("", [said[1], ","]))
		}
	}
}

test_a_semi_safe_runbook_asks_a_person if {
	found := incident_class.answer with input as claiming({"runbook": "rollback-deployment"})
	found == [{
		"effect": "hold",
		"message": "runbook rollback-deployment is not safe, so a person looks at the patch of deployments.apps web in namespace shop first",
		"fix": "ask platform to approve it",
		"holds": [hold],
	}]
}

human_only := object.union(data.settings.runbooks, {"restart-stateless": {"incident_class": "human-only"}})

test_a_runbook_for_people_only_refuses_agents if {
	found := incident_class.answer with input as claiming({"runbook": "restart-stateless"}) with data.settings.runbooks as human_only
	found == [{
		"effect": "deny",
		"message": "runbook restart-stateless is for people only, so no agent does the patch of deployments.apps web in namespace shop",
		"fix": "hand it to platform",
	}]
}

test_dry_runs_are_not_concerned if {
	asked := fixtures.writing({"claims": {"incident_class": "human-only"}, "action": {"dry_run": true}})
	incident_class.answer == [] with input as asked
}

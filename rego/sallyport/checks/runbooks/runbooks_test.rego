package sallyport.checks.runbooks_test

import data.sallyport.checks.runbooks

# What is changed of a runbook; where and what is said of it.
cases := [
	[{}, []],
	[{"environments": {"mars": true}}, [[["environments", "mars"], "there is no environment mars; there are dev, prod, staging, test"]]],
	[{"review_by": "2027-02-30T00:00:00.000Z"}, [[["review_by"], "there is no such time"]]],
	[
		{"actions": {"kubernetes:pods:delete": {"brings": ["image", "peace"]}}},
		[[["actions", "kubernetes:pods:delete", "brings", 1], "peace is not listed in risk.escalations"]],
	],
]

test_runbooks_name_what_there_is if {
	every case in cases {
		changed := object.union(data.settings.runbooks, {"restart-stateless": case[0]})
		found := runbooks.problems with data.settings.runbooks as changed
		[[array.slice(one.path, 2, 6), one.message] | some one in found] == case[1]
		every one in found {
			array.slice(one.path, 0, 2) == ["runbooks", "restart-stateless"]
		}
	}
}

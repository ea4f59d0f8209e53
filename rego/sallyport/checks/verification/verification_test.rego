package sallyport.checks.verification_test

import data.sallyport.checks.verification

# What is changed of the settings; where and what is said of it.
cases := [
	[{}, []],
	[{"at_most": "1s"}, [[["verification", "at_most"], "it is shorter than every"]]],
	[
		{"actions": {"kubernetes:pods:delete": {"probes": [{"probe": "absent"}], "within": "3s"}}},
		[[
			["verification", "actions", "kubernetes:pods:delete", "within"],
			"there is no time in it for as many looks as are asked for",
		]],
	],
	[{"actions": {"kubernetes:pods:delete": {"probes": [{"probe": "absent"}], "within": "3s", "looks": 1}}}, []],
]

test_there_is_time_for_the_looks if {
	every case in cases {
		changed := object.union(data.settings.verification, case[0])
		found := verification.problems with data.settings.verification as changed
		[[one.path, one.message] | some one in found] == case[1]
	}
}

test_runbooks_have_time_too if {
	found := verification.problems with data.settings.runbooks as {"quick": {"verification": {"signal": "it is well", "within": "1s"}}}
	[one.path | some one in found] == [["runbooks", "quick", "verification", "within"]]
}

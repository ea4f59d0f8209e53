package sallyport.checks.evidence_test

import data.sallyport.checks.evidence

# What is changed of the settings; where and what is said of it.
cases := [
	[{}, []],
	[
		{"required": {"mars": {"B": {"confidence": 0.5}}}},
		[[["required", "mars"], "there is no environment mars; there are dev, prod, staging, test"]],
	],
	[
		{"freshness": {"fresh": 3600}},
		[[["freshness", "stale"], "a signal cannot be stale before it is not fresh any more"]],
	],
]

test_evidence_is_asked_for_where_it_can_be if {
	every case in cases {
		changed := object.union(data.settings.evidence, case[0])
		found := evidence.problems with data.settings.evidence as changed
		[[array.slice(one.path, 1, 5), one.message] | some one in found] == case[1]
	}
}

package sallyport.checks.stops_test

import data.sallyport.checks.stops

ordinary := {"why": "w", "of": "agent", "counts": "failures", "in_a_row": true, "at": 3, "within": 60, "freeze": "agent"}

# What is changed of an ordinary condition, and the keys that are wrong then.
cases := [
	[{}, set()],
	[{"freeze": "everything", "demote": 1, "minutes": 5, "reads": true}, set()],
	[{"of": "service", "freeze": "agent"}, {"freeze"}],
	[{"of": "runbook", "freeze": "runbook", "demote": 1}, {"demote"}],
	[{"of": "service", "freeze": "service", "counts": "denials", "in_a_row": false}, {"of"}],
	[{"counts": "denials"}, {"in_a_row"}],
	[{"counts": "denials", "in_a_row": false, "at": 51}, {"at"}],
	[{"counts": "calls", "in_a_row": false, "at": 600, "within": 1}, set()],
	[{"counts": "changes", "in_a_row": false, "at": 600, "within": 2}, {"within"}],
]

test_conditions_can_be_counted_of_whom_they_are if {
	every case in cases {
		found := stops.problems with data.settings.stops as {"c": object.union(ordinary, case[0])}
		{problem.path[2] | some problem in found} == case[1]
	}
}

test_as_shipped if {
	stops.problems == []
}

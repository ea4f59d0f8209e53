package sallyport.checks.levels_test

import data.sallyport.checks.levels

# A level, a column and the cell that is put there; where it is out of order.
cases := [
	[3, "b", {"do": "hold", "people": 1}, {["3", "b_production"]}],
	[3, "b", {"do": "advise"}, {["3", "b"], ["3", "b_production"], ["3", "c"]}],
	[2, "c", {"do": "hold", "people": 3}, {["2", "c_production"]}],
	[3, "c", {"do": "hold", "people": 2}, {["3", "c"]}],
	[2, "c_production", {"do": "hold", "people": 1}, {["3", "c_production"]}],
	[4, "b_production", {"do": "by-runbook", "else": {"do": "hold", "people": 2}}, {["4", "b_production"]}],
	[5, "b", {"do": "allow", "obligations": {"verify": {}}, "else": {"do": "hold", "people": 1}}, {["5", "b"]}],
	[5, "c", {"do": "by-runbook", "way_back": true, "else": {"do": "hold", "people": 1}}, {}],
	[1, "b", {"do": "allow"}, {["2", "b"]}],
	[5, "c_production", {"do": "allow"}, {["5", "c_production"]}],
	[1, "telemetry", {"do": "advise"}, {["1", "read"], ["1", "telemetry"]}],
]

test_levels_and_columns_are_in_order if {
	levels.problems == []
	every case in cases {
		level := format_int(case[0], 10)
		changed := json.remove(data.settings.levels, [concat("/", [level, "cells", case[1]])])
		set := object.union(changed, {level: {"cells": {case[1]: case[2]}}})
		found := levels.problems with data.settings.levels as set
		{[problem.path[1], problem.path[3]] | some problem in found} == {place | some place in case[3]}
	}
}

test_it_is_said_what_is_out_of_order if {
	changed := object.union(data.settings.levels, {"4": {"cells": {"c": {"people": 2}}}})
	found := levels.problems with data.settings.levels as changed
	found == [{
		"level": "error",
		"path": ["levels", "4", "cells", "c"],
		"message": "level 4 may do less here than level 3",
	}]
}

package sallyport.checks.ladders_test

import data.sallyport.checks.ladders

# The names and levels of steps; where and what is said of them.
cases := [
	[[["0", [0, 1]], ["1", [2]], ["2", [3]], ["3", [5]]], []],
	[[["low", [0]], ["high", [9]]], [[[1, "levels"], "there is no level 9"]]],
	[[["low", [1, 0]]], [[[0, "levels"], "levels stand in order, the lowest first"]]],
	[[["low", [0, 2]], ["high", [2, 3]]], [[[1, "levels"], "a step stands for higher levels than the one before it"]]],
	[[["low", [3]], ["high", [1]]], [[[1, "levels"], "a step stands for higher levels than the one before it"]]],
	[[["same", [0]], ["same", [1]]], [[[1, "name"], "a step of this ladder is already called that"]]],
]

test_steps_stand_for_levels_in_order if {
	ladders.problems == []
	every case in cases {
		steps := [{"name": step[0], "levels": step[1]} | some step in case[0]]
		found := ladders.problems with data.settings.ladders as {"theirs": {"steps": steps}}
		[[array.slice(one.path, 3, 5), one.message] | some one in found] == case[1]
	}
}

package sallyport.checks.trust_test

import data.sallyport.checks.trust

earning := {"days": 1, "calls": 1, "quiet": 1}

going := {"of": "stops", "days": 1, "levels": 1, "down_to": 1, "automatic": true}

# What is changed; where and what is said of it.
cases := [
	[{}, []],
	[
		{"promotion": {"5": earning}},
		[[["promotion", "5"], "from level 5 there is no next one"]],
	],
	[
		{"promotion": {"1": object.union(earning, {"changes": 2}), "2": earning}},
		[[["promotion", "2", "changes"], "level 2 asks for less than the level before it"]],
	],
	[
		{"promotion": {"1": object.union(earning, {"reverted": 0.1}), "2": object.union(earning, {"reverted": 0.2})}},
		[[["promotion", "2", "reverted"], "level 2 bears more than the level before it"]],
	],
	[
		{"promotion": {"1": object.union(earning, {"reverted": 0.1}), "2": earning}},
		[[["promotion", "2", "reverted"], "level 2 bears more than the level before it"]],
	],
	[
		{"promotion": {"1": object.union(earning, {"quiet": 31})}},
		[[["promotion", "1", "quiet"], "it is longer than the window"]],
	],
	[{"demotion": {"often": object.union(going, {"count": 1})}}, []],
	[{"demotion": {"often": object.union(going, {"share": 0.5, "least": 1})}}, []],
	[
		{"demotion": {"never": object.union(going, {"share": 0.5})}},
		[[["demotion", "never"], "it needs a count, or a share and the least of which it is taken"]],
	],
]

test_levels_are_earned_in_order_and_can_be_lost if {
	trust.problems == []
	every case in cases {
		settings := object.union({"window": 30, "grant": "any", "promotion": {}, "demotion": {}}, case[0])
		given := object.union(settings, {key: value | some key, value in data.settings.trust; count(case[0]) == 0})
		found := trust.problems with data.settings.trust as given
		[[array.slice(one.path, 1, 4), one.message] | some one in found] == case[1]
	}
}

package sallyport.checks.limits_test

import data.sallyport.checks.limits

# What is changed; the paths of what is said of it.
cases := [
	[{}, {}],
	[{"refuse": {"mars": {"pods": 1}}}, {["limits", "refuse", "mars"]}],
	[{"hourly": {"intent": {"mars": {"pods": 1}}}}, {["limits", "hourly", "intent", "mars"]}],
	[{"attempts": {"prod": {"repeats": 50}}}, {
		["limits", "attempts", "staging", "repeats"],
	}],
	[{"refuse": {"dev": {"pods": 1}}}, {["limits", "refuse", "dev", "pods"]}],
	[{"tier_b": {"prod": {"pods": 51}}}, {["limits", "tier_b", "staging", "pods"]}],
]

test_limits_are_of_environments_and_ordered if {
	every case in cases {
		changed := object.union(data.settings.limits, case[0])
		found := limits.problems with data.settings.limits as changed
		{problem.path | some problem in found} == {path | some path in case[1]}
	}
}

test_every_environment_has_limits_for_tier_b if {
	found := limits.problems with data.settings.limits.tier_b as {}
	count(found) == count(data.settings.environments.names)
	found[0] == {"level": "error", "path": ["limits", "tier_b"], "message": "there are no limits for dev"}
}

package sallyport.checks.environments_test

import data.sallyport.checks.environments

names := data.settings.environments.names

# What is changed; what is said of it.
cases := [
	[{}, []],
	[{"undeclared": "staging"}, [[["environments", "undeclared"], "staging must be the strictest of the environments, and production"]]],
	[{"undeclared": "mars"}, [[["environments", "undeclared"], "mars must be the strictest of the environments, and production"]]],
	[
		{"names": {"dev": {"strictness": 20}}},
		[[["environments", "names", "test", "strictness"], "test is as strict as dev: which of them holds could not be told"]],
	],
	[
		{"names": {"dev": {"production": true}}},
		[
			[["environments", "names", "dev", "strictness"], "dev is production and must be stricter than staging"],
			[["environments", "names", "dev", "strictness"], "dev is production and must be stricter than test"],
		],
	],
	[{"aliases": {"red": "mars"}}, [[["environments", "aliases", "red"], "there is no environment mars"]]],
	[{"aliases": {"test": "dev"}}, [[["environments", "aliases", "test"], "test is an environment itself"]]],
]

test_environments_are_told_apart if {
	every case in cases {
		changed := object.union(data.settings.environments, case[0])
		found := environments.problems with data.settings.environments as changed
		[[problem.path, problem.message] | some problem in found] == case[1]
	}
}

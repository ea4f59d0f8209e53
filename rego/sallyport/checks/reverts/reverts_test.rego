package sallyport.checks.reverts_test

import data.sallyport.checks.reverts

fine := {"hours": 1, "automatic": {"B": true, "C": false}}

odd := {"hours": 1, "automatic": {"B": false, "C": true}}

test_the_shipped_settings_are_fine if {
	reverts.problems == []
}

test_every_environment_is_there_and_no_other if {
	found := reverts.problems with data.settings.reverts as {"prod": fine, "staging": fine, "test": odd, "mars": fine}
	{[problem.level, problem.path] | some problem in found} == {
		["error", ["reverts", "mars"]],
		["error", ["reverts"]],
		["warning", ["reverts", "test", "automatic"]],
	}
}

package sallyport.checks.tiers_test

import data.sallyport.checks.tiers

test_what_is_harmless_asks_nobody if {
	tiers.problems == []
	found := tiers.problems with data.settings.tiers.harmless as {"image": true, "RBAC": true, "something": true}
	found == [
		{
			"level": "error",
			"path": ["tiers", "harmless", "RBAC"],
			"message": "RBAC is not listed in risk.escalations with 0 people, so it is not harmless",
		},
		{
			"level": "error",
			"path": ["tiers", "harmless", "something"],
			"message": "something is not listed in risk.escalations with 0 people, so it is not harmless",
		},
	]
}

package sallyport.settings_test

import data.sallyport.settings

# What must hold of the data, shipped or edited, for the verdicts to stay ordered.
test_nothing_is_wrong_with_these_settings if settings.problems == []

test_every_section_is_asked if {
	broken := object.union(data.settings, {
		"approvers": {"environments": {"mars": ["anybody"]}},
		"tiers": {"harmless": {"RBAC": true}},
	})
	paths := {problem.path | some problem in settings.problems} with data.settings as broken
	paths == {["approvers", "environments", "mars"], ["tiers", "harmless", "RBAC"]}
}

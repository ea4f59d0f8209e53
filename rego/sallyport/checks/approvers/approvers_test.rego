package sallyport.checks.approvers_test

import data.sallyport.checks.approvers

test_groups_are_named_for_environments_that_there_are if {
	approvers.problems == []
	found := approvers.problems with data.settings.approvers.environments as {"prod": ["us"], "mars": ["us"]}
	{problem.path | some problem in found} == {["approvers", "environments", "mars"]}
}

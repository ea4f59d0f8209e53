package sallyport.checks.dry_run_test

import data.sallyport.checks.dry_run

test_dry_runs_are_of_environments_that_there_are if {
	dry_run.problems == []
	found := dry_run.problems with data.settings.dry_run as {"first": {"mars": {}}, "as_dry_run": {"moon": {}, "dev": {}}}
	{problem.path | some problem in found} == {["dry_run", "as_dry_run", "moon"], ["dry_run", "first", "mars"]}
}

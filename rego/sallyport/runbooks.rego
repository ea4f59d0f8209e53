# METADATA
# title: Runbooks
# description: Whether the runbook that the agent names lets it act alone here.
package sallyport.runbooks

import data.sallyport.environment

# METADATA
# title: Covered
# description: A claim picks the runbook; what it covers is judged by facts and data alone.
default covered := false

covered if {
	runbook := data.settings.runbooks[input.claims.runbook]
	runbook.class == "safe"
	endswith(input.call.time, "Z")
	input.call.time < runbook.review_by
	_runs_there(runbook)
	runbook.actions[input.action.name] == true
	_within(runbook.limits)
}

_within(limits) if {
	every measure, limit in limits {
		is_number(input.blast[measure])
		input.blast[measure] <= limit
	}
}

_runs_there(runbook) if {
	environment.established
	runbook.environments[environment.name] == true
}

# Where the environment is not established, the runbook must cover every one there is.
_runs_there(runbook) if {
	not environment.established
	every name, _ in data.settings.environments.names {
		runbook.environments[name] == true
	}
}

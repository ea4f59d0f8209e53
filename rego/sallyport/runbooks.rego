# METADATA
# title: Runbooks
# description: |
#   Whether the runbook that the agent names lets it act alone here, and if not, why. A claim picks the runbook, and what the runbook
#   asks the agent to say may be missing; what it covers is judged by facts and data alone.
package sallyport.runbooks

import data.sallyport.environment
import data.sallyport.evidence
import data.sallyport.words

# METADATA
# title: Named
# description: The runbook that the agent names; undefined where it names none or one that there is not.
named := data.settings.runbooks[input.claims.runbook]

# METADATA
# title: Covered
# description: Everything in the named runbook agrees.
default covered := false

covered if count(gaps) == 0

# METADATA
# title: Gaps
# description: Why the named runbook does not cover the act, in words; none, and it does.
gaps := array.flatten([
	_permitted, _class, _review, _place, _action, _claimed, _alert, _confidence, _links, _same_class, _limits,
	_attempts,
]) if {
	named
}

# METADATA
# title: Permitted
# description: Whether this agent may follow the named runbook; where it names neither agents nor teams, every agent may.
default permitted := false

permitted if {
	not named.agents
	not named.teams
}

permitted if input.agent.id in named.agents

permitted if input.agent.team in named.teams

_permitted := [] if {
	permitted
} else := [$"it is not for agent {input.agent.id} of team {input.agent.team}"]

_class := [] if {
	named.incident_class == "safe"
} else := [$"it is {named.incident_class}, and only a safe one runs alone"]

_review := [] if {
	endswith(input.call.time, "Z")
	input.call.time < named.review_by
} else := [$"its review was due on {substring(named.review_by, 0, 10)}"]

_place := [] if {
	_runs_there
} else := [$"it is not for {environment.name}"] if {
	environment.established
} else := ["it is not for every environment that this may be in"]

_runs_there if {
	environment.established
	named.environments[environment.name] == true
}

# Where the environment is not established, the runbook must cover every one there is.
_runs_there if {
	not environment.established
	every name, _ in data.settings.environments.names {
		named.environments[name] == true
	}
}

_allowed := named.actions[input.action.name]

_action := array.flatten([_places, _way_back, _brings, _factor]) if {
	_allowed
} else := [$"it does not allow {words.clip(input.action.name)}"]

_places := [] if {
	_only_there
} else := [$"it may change nothing but {words.listed(_allowed.places)}"]

_only_there if {
	not _allowed.places
} else if {
	is_array(input.action.change.paths)
	every path in input.action.change.paths {
		_within_places(path)
	}
}

_within_places(path) if {
	some place in _allowed.places
	_below(path, place)
}

_below(path, place) if {
	path == place
} else if {
	startswith(path, concat("", [place, "/"]))
}

_way_back := [] if {
	input.action.way_back.exact == true
	input.action.way_back.how in _allowed.way_back
} else := [$"it must be undone exactly by {words.listed(_allowed.way_back)}, and this is {input.action.way_back.how}"]

_brings := [] if {
	input.action.class != "write"
} else := ["what the change brings about is not known"] if {
	not is_array(input.action.change.escalates)
} else := [$"it brings about {words.listed(_unwanted)}"] if {
	count(_unwanted) > 0
} else := []

_unwanted := [name |
	some name in input.action.change.escalates
	not name in object.get(_allowed, "brings", [])
]

_factor := [] if {
	_proportionate
} else := [$"it may scale by {_allowed.factor} times at most, and never from or to none"]

# The larger number of replicas is a fact, and so is how many pods come or go.
_proportionate if {
	not _allowed.factor
} else if {
	is_number(input.blast.replicas)
	is_number(input.blast.pods)
	input.blast.replicas > input.blast.pods
	input.blast.replicas <= _allowed.factor * (input.blast.replicas - input.blast.pods)
}

_claimed := [_wanted[claim] |
	some claim in named.evidence.claims
	input.claims[claim] == "unknown"
]

_wanted := {
	"intent": "it needs an intent", "reason": "it needs a reason", "incident": "it needs an incident",
	"alert": "it needs an alert", "plan": "it needs a plan", "success_signal": "it needs a success signal",
}

_alert := [] if {
	not named.evidence.alerts
} else := [] if {
	input.claims.alert in named.evidence.alerts
} else := [$"it is for the alerts {words.listed(named.evidence.alerts)}"]

_confidence := [] if {
	is_number(evidence.confidence)
	evidence.confidence >= named.evidence.confidence
} else := [$"confidence {evidence.confidence} is below {named.evidence.confidence}"] if {
	is_number(evidence.confidence)
} else := [$"it needs a confidence of {named.evidence.confidence}"]

_links := [] if {
	not named.evidence.links
} else := [] if {
	is_array(input.claims.links)
	count(input.claims.links) >= named.evidence.links
} else := [$"it needs {words.counted(named.evidence.links, "link", "links")} to evidence"]

# What the agent says of the incident and the runbook that it picks contradict each other.
_same_class := [] if {
	input.claims.incident_class == "unknown"
} else := [] if {
	input.claims.incident_class == named.incident_class
} else := [$"the incident is said to be {words.clip(input.claims.incident_class)}, and the runbook is for {named.incident_class} ones"]

_limits := [$"it reaches {words.measured(measure)}, and its limit is {limit}" |
	some measure, limit in named.limits
	not _within(measure, limit)
]

_within(measure, limit) if {
	is_number(input.blast[measure])
	input.blast[measure] <= limit
}

_attempts := [_tried[measure] |
	some measure, limit in named.attempts
	not _rare(measure, limit)
]

_tried := {
	"repeats": "this very change was let through too often within the hour",
	"failures": "the same fix failed within the hour",
}

_rare("repeats", limit) if {
	is_number(input.state.counts.repeats.count)
	input.state.counts.repeats.count < limit
}

_rare("failures", limit) if {
	is_number(input.state.failures.count)
	input.state.failures.count < limit
}

# METADATA
# title: Under
# description: What a grant under the runbook says of it.
under := $", by runbook {input.claims.runbook} {named.version} of {named.owner} (done when {named.verification.signal}, within {named.verification.within})"

# METADATA
# title: Uncovered
# description: What a hold says of the runbook that was named and does not cover the act; nothing where none was named.
uncovered := "" if {
	input.claims.runbook == "unknown"
} else := $"; there is no runbook {words.clip(input.claims.runbook)}" if {
	not named
} else := $"; runbook {input.claims.runbook} does not cover it: {concat("; ", gaps)}" if {
	count(gaps) > 0
} else := ""

# METADATA
# title: Escalation
# description: Whom the runbook that was named says to ask; nothing where none was named.
escalation := $"; the runbook escalates to {concat(" or ", named.escalation.groups)} after {named.escalation.after}" if {
	named
} else := ""

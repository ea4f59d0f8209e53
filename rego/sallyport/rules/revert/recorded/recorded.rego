# METADATA
# title: Reverts
# description: What was done may be taken back.
package sallyport.rules.revert.recorded

import data.sallyport.environment
import data.sallyport.reverts
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Reverts
# description: |
#   Grants that a recorded decision is taken back: by an operator within the time that reverts.yaml gives, by the gate itself where
#   it says so for the environment and the tier of what the revert does. What could not be taken back again needs an operator who
#   forces it.
# custom:
#   needs: facts
#   effect: grant
answer := [] if {
	not _said
} else := [_denied("nobody knows for whom", "it says that it is a revert", "have an operator order it")] if {
	not reverts.applies
} else := [_denied("it is too late", _late, "make the change by the ordinary way")] if {
	not _in_time
} else := [_denied(
	"it could not be taken back again",
	$"it reaches {words.reach}",
	"look at what it reaches, then have an operator force it",
)] if {
	not _returns
} else := [_denied(
	"the gate does not do that by itself",
	$"automatic reverts of tier {tier.name} are off in {environment.name}",
	"ask an operator to revert it",
)] if {
	not _ordered
} else := [{
	"effect": "grant",
	"message": $"{_decision} may be taken back by {_who}",
	"fix": "",
	"obligations": [],
}]

# What is not known to be none may be one.
_said if input.action.reverts != "none"

_denied(why, detail, fix) := {
	"effect": "deny",
	"message": $"the {words.act}, which would take {_decision} back, is refused: {why} ({detail})",
	"fix": fix,
}

_decision := $"decision {words.clip(input.action.reverts.decision)}" if {
	is_string(input.action.reverts.decision)
} else := "a decision"

_places := data.settings.reverts[environment.name]

_in_time if {
	time.parse_rfc3339_ns(input.call.time) - time.parse_rfc3339_ns(input.action.reverts.at) <= _places.hours * 3600000000000
}

_late := $"in {environment.name} that may be done for {_places.hours} hours" if {
	_places.hours
} else := $"how long that may be done in {environment.name} is not declared"

_returns if {
	tier.preview
} else if {
	input.action.way_back.how in {"inverse", "revision", "recreate", "not_needed"}
} else if {
	input.action.reverts.forced == true
	input.agent.credential == "operator"
}

_ordered if {
	input.agent.credential == "operator"
} else if {
	tier.preview
} else if {
	_places.automatic[tier.name] == true
}

_who := "the operator who orders it" if {
	input.agent.credential == "operator"
} else := "the gate itself"

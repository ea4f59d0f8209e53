# METADATA
# title: Pace
# description: How fast changes follow each other, and how many are under way at once.
package sallyport.rules.limits.rate

import data.sallyport.approvers
import data.sallyport.budgets
import data.sallyport.environment
import data.sallyport.tier

# METADATA
# title: Pace
# description: |
#   Refuses a change when the agent's last minute is full or too many of its changes are under way; it may be sent again. Asks
#   people when too many changes of the service or the intent are under way: those are others' too, and which service it is may
#   not be known. A pace that is not known is too fast.
# custom:
#   needs: facts
#   effect: deny
#   reverts: spared
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	tier.preview
} else := [] if {
	not _bound
} else := [{
	"effect": "deny",
	"message": $"how fast agent {input.agent.id} goes is not known, and in {environment.name} there are limits",
	"fix": "send it again when the gate can count",
}] if {
	not is_object(input.state.counts)
} else := [finding |
	some place in budgets.places
	some measure, limit in data.settings.limits.rate[place]
	some [whose, number] in _counted(measure)
	not _room(number, limit)
	finding := _finding(measure, $"{whose}: {_shown(number)}, and the limit in {place} is {limit}")
]

_finding(measure, message) := {"effect": "deny", "message": message, "fix": "send it again in a minute"} if {
	measure in {"changes", "calls"}
} else := {
	"effect": "hold",
	"message": message,
	"fix": $"send it again when one of them has ended, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(1)],
} if {
	measure in {"service", "intent"}
} else := {"effect": "deny", "message": message, "fix": "send it again when one of them has ended"}

_bound if {
	some place in budgets.places
	data.settings.limits.rate[place]
}

_room(number, limit) if {
	is_number(number)
	number < limit
}

_shown(number) := $"{number}" if {
	is_number(number)
} else := "an unknown number"

_counted("changes") := [[$"changes of agent {input.agent.id} within a minute", _count("changes")]]

_counted("calls") := [[$"calls of agent {input.agent.id} within a minute", _count("calls")]]

_counted("agent") := [[$"changes of agent {input.agent.id} under way at once", _under_way("agent")]]

_counted("service") := [[$"changes of service {name} under way at once", number] |
	some name, number in input.state.counts.under_way.services
] if {
	is_object(_under_way("services"))
} else := [["changes of the service, which is not known, under way at once", "unknown"]]

_counted("intent") := [] if {
	_under_way("intent") == "none"
} else := [["changes of this intent under way at once", _under_way("intent")]]

# A setting that nobody understands is a limit that nothing is within.
_counted(measure) := [[measure, "unknown"]] if {
	not measure in {"changes", "calls", "agent", "service", "intent"}
}

_count(measure) := input.state.counts[measure]

_under_way(kind) := input.state.counts.under_way[kind]

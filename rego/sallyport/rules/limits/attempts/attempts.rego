# METADATA
# title: Attempts
# description: What was tried too often is for people to look at.
package sallyport.rules.limits.attempts

import data.sallyport.approvers
import data.sallyport.budgets
import data.sallyport.environment
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Attempts
# description: |
#   Asks people before a change of an agent that was denied too often, before the same change once too often, and before a fix
#   that failed already. What is not known was too often.
# custom:
#   needs: facts
#   effect: hold
#   reverts: spared
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	tier.preview
} else := [] if {
	not _bound
} else := [{
	"effect": "hold",
	"message": $"what agent {input.agent.id} tried within the hour is not known, and in {environment.name} there are limits",
	"fix": $"ask {approvers.listed} to approve it",
	"holds": [approvers.hold(1)],
}] if {
	not _counted
} else := [finding |
	some place in budgets.places
	some measure, limit in data.settings.limits.attempts[place]
	not _rare(_times(measure), limit)
	finding := {
		"effect": "hold",
		"message": $"{_what(measure)} {_often(_times(measure))} within the hour{_which(measure)}, and at {limit} people are asked in {place}",
		"fix": $"ask {approvers.listed} to approve it; {_advice(measure)}",
		"holds": [approvers.hold(1)],
	}
]

_bound if {
	some place in budgets.places
	data.settings.limits.attempts[place]
}

_counted if {
	is_object(input.state.counts)
	is_object(input.state.failures)
}

_rare(times, limit) if {
	is_number(times)
	times < limit
}

_times("denied") := input.state.counts.denied

_times("repeats") := input.state.counts.repeats.count if {
	is_object(input.state.counts.repeats)
} else := "unknown"

_times("failures") := input.state.failures.count

_times(measure) := "unknown" if not measure in {"denied", "repeats", "failures"}

_what(measure) := measure if not measure in {"denied", "repeats", "failures"}

_which(measure) := "" if not measure in {"denied", "repeats", "failures"}

_advice(measure) := $"have the setting {measure} corrected" if not measure in {"denied", "repeats", "failures"}

_what("denied") := $"agent {input.agent.id} was denied"

_what("repeats") := $"this very {words.act} was let through"

_what("failures") := $"the same fix, the {words.act}, failed"

_often(times) := words.counted(times, "time", "times")

_which("repeats") := _listed(input.state.counts.repeats.calls) if {
	is_object(input.state.counts.repeats)
} else := ""

_which("failures") := _listed(input.state.failures.calls)

_which("denied") := ""

_listed(ids) := $" ({concat(", ", ids)})" if {
	count(ids) > 0
} else := ""

_advice("denied") := "read the reasons of the denials before you try again"

_advice("repeats") := "find out why it did not last before you send it again"

_advice("failures") := "find another way, or hand over to people"

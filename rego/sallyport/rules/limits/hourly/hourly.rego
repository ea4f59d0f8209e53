# METADATA
# title: Hourly budgets
# description: What an agent, a service and an intent may spend within an hour.
package sallyport.rules.limits.hourly

import data.sallyport.approvers
import data.sallyport.budgets
import data.sallyport.environment
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Hourly budgets
# description: |
#   Many small changes count as one big one: asks people where a change would bring what was spent within the hour beyond a
#   budget. What is not known is beyond it, be it what was spent or what the change would take.
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
	"message": $"what agent {input.agent.id} spent within the hour is not known, and in {environment.name} there are budgets",
	"fix": $"ask {approvers.listed} to approve it",
	"holds": [approvers.hold(1)],
}] if {
	not is_object(input.state.spent)
} else := [] if {
	count(_beyond) == 0
} else := [{
	"effect": "hold",
	"message": $"the {words.act} would bring what {_beyond[0].message}{_more}",
	"fix": $"ask {approvers.listed} to approve it{_or_wait(_beyond[0].frees)}",
	"holds": [approvers.hold(1)],
}]

# One finding for all of them: of several, the other rules' reasons are worth more to the reader.
_beyond := [excess |
	some place in budgets.places
	some [kind, whose, by_place] in budgets.accounts
	some measure, limit in data.settings.limits.hourly[kind][place]
	not _within(by_place, place, measure, limit)
	excess := {
		"message": $"{whose} spent in {place} within the hour to {_sum(by_place, place, measure)}, and the budget is {limit}{budgets.lately(by_place, place)}",
		"frees": budgets.frees(by_place, place),
	}
]

_more := "" if {
	count(_beyond) == 1
} else := $"; and so it is with {words.counted(count(_beyond) - 1, "other budget", "other budgets")}"

_bound if {
	some place in budgets.places
	some _, by_place in data.settings.limits.hourly
	by_place[place]
}

_within(by_place, place, measure, limit) if {
	cost := _cost(measure)
	is_number(cost)
	_fits(by_place, place, measure, cost, limit)
}

# What takes nothing is no matter of the budget.
_fits(by_place, place, measure, cost, limit) if {
	cost == 0
} else if {
	budgets.total(by_place, place, measure) + cost <= limit
}

_cost("changes") := 1

_cost(measure) := input.blast[measure] if measure != "changes"

_sum(by_place, place, measure) := _amount(measure, budgets.total(by_place, place, measure) + _cost(measure)) if {
	is_number(_cost(measure))
	is_number(budgets.total(by_place, place, measure))
} else := _amount(measure, "unknown")

_amount("changes", sum) := words.counted(sum, "change", "changes")

_amount("objects", sum) := words.counted(sum, "object", "objects")

_amount("pods", sum) := words.counted(sum, "pod", "pods")

_amount("share", sum) := $"{sum} times a whole workload" if {
	is_number(sum)
} else := "an unknown share of workloads"

_amount(measure, sum) := words.counted(sum, measure, measure) if {
	not measure in {"changes", "objects", "pods", "share"}
}

_or_wait("") := ""

_or_wait(time) := $", or wait: the first part counts no longer from {time} on" if time != ""

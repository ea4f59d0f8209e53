# METADATA
# title: Budgets
# description: Which limits on many changes bind the call, and what they are held against.
package sallyport.budgets

import data.sallyport.environment

# METADATA
# title: Places
# description: The environments whose limits bind the call. Where it is not established which one it is, all of them do.
places := [environment.name] if {
	environment.established
} else := [name | some name, _ in data.settings.environments.names]

# METADATA
# title: Accounts
# description: Whose budgets the call falls under, as kind, name in words, and what was spent by environment, where that is known.
accounts := array.concat(
	[["agent", $"agent {input.agent.id}", input.state.spent.agent]],
	array.concat(_services, _intents),
)

_services := [["service", $"service {name}", by_place] | some name, by_place in input.state.spent.services] if {
	is_object(input.state.spent.services)
} else := [["service", "the service, which is not known,", "unknown"]]

_intents := [] if {
	input.state.spent.intent == "none"
} else := [["intent", "this intent", input.state.spent.intent]]

# METADATA
# title: Total
# description: What an account has spent of a measure in an environment; undefined where that is not known.
total(by_place, place, measure) := sum(amounts) if {
	is_object(by_place)
	amounts := [object.get(entry, measure, "unknown") |
		some entry in _entries(by_place, place)
	]
	every amount in amounts {
		is_number(amount)
	}
}

_entries(by_place, place) := [entry |
	some name, entry in by_place
	environment.canonical(name) == place
]

# METADATA
# title: Lately
# description: The newest decisions that spent it, in words.
lately(by_place, place) := $", lately by {concat(", ", ids)}" if {
	ids := [id | some entry in _entries(by_place, place); some id in entry.calls]
	count(ids) > 0
} else := ""

# METADATA
# title: Frees
# description: When the first part of it counts no longer; empty where that is not known.
frees(by_place, place) := min(times) if {
	times := [entry.frees | some entry in _entries(by_place, place)]
	count(times) > 0
} else := ""

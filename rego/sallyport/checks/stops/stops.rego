# METADATA
# title: Stop conditions
# description: That a condition can be counted of whom it is said to be, and stops no more than that, or everything.
package sallyport.checks.stops

# METADATA
# title: Problems
# description: What is wrong with `stops`.
problems := array.flatten([_stray, _elsewhere, _unended, _unheld, _slow, _nobody])

_stray := [_problem(name, "freeze", $"it is counted of one {of}, and can stop that or everything, but no {stopped}") |
	some name, condition in data.settings.stops
	of := condition.of
	stopped := condition.freeze
	not stopped in {of, "everything"}
]

_elsewhere := [_problem(name, "of", $"{counts} are counted of agents alone") |
	some name, condition in data.settings.stops
	counts := condition.counts
	counts in {"denials", "calls", "changes"}
	condition.of != "agent"
]

_unended := [_problem(name, "in_a_row", $"nothing that goes well ends a row of {counts}") |
	some name, condition in data.settings.stops
	counts := condition.counts
	counts in {"denials", "calls", "changes"}
	condition.in_a_row
]

_unheld := [_problem(name, "at", "no more than the last 64 are kept: at most 50 can be waited for") |
	some name, condition in data.settings.stops
	counts := condition.counts
	not counts in {"calls", "changes"}
	condition.at > 50
]

_slow := [_problem(name, "within", $"{counts} are counted within a minute: 1") |
	some name, condition in data.settings.stops
	counts := condition.counts
	counts in {"calls", "changes"}
	condition.within != 1
]

_nobody := [_problem(name, "demote", $"what is counted of one {of} says nothing of one agent") |
	some name, condition in data.settings.stops
	is_number(condition.demote)
	of := condition.of
	of != "agent"
]

_problem(name, key, message) := {"level": "error", "path": ["stops", name, key], "message": message}

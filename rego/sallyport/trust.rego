# METADATA
# title: Trust
# description: |
#   Whether an agent's record has earned the next level, or cost it its own (T3). A question of its own, asked of a record and
#   not of a call. It proposes; a person grants.
# schemas:
#   - input: schema.trust
package sallyport.trust

# METADATA
# title: Standing
# description: |
#   `numbers`: what was counted within the window; a share of nothing is null. `promotion`: the next level, with each thing that it
#   takes; null where none is ever proposed. `demotion`: the level to go down to, and why; null when there is no reason.
# entrypoint: true
standing := {
	"window": _settings.window,
	"numbers": numbers,
	"promotion": promotion,
	"demotion": demotion,
}

_settings := data.settings.trust

_level := input.agent.level

# METADATA
# title: Numbers
# description: Within the window, since the agent came to its level.
numbers := {
	"calls": _calls,
	"changes": _changes("done", _settings.window),
	"success": _success,
	"verified": _ratio(_changes("verified", _settings.window), _basis("unverified", _settings.window)),
	"reverted": _share("reverted", _settings.window),
	"taken_over": _share("taken_over", _settings.window),
	"stops": _changes("stops", _settings.window),
}

_calls := sum([row.counts.allowed |
	some row in input.record.rows
	row.age < _settings.window
])

# Stop conditions and reverts may concern no call in particular, and are then counted with changes.
_changes(name, days) := sum([row.counts[name] |
	some row in input.record.rows
	row.kind == "change"
	row.age < days
])

_success := _ratio(max([0, _changes("done", _settings.window) - _changes("spoiled", _settings.window)]), _basis("failed", _settings.window))

_share(name, days) := _ratio(_changes(name, days), _basis(name, days))

# What a share is of.
_basis("failed", days) := _changes("done", days) + _changes("failed", days)

_basis("unverified", days) := _changes("verified", days) + _changes("unverified", days)

_basis("reverted", days) := _changes("done", days)

_basis("taken_over", days) := _changes("calls", days)

_basis("stops", days) := _changes("calls", days)

_ratio(_, 0) := null

_ratio(part, whole) := part / whole if whole > 0

# METADATA
# title: Promotion
# description: What the next level takes; one step, and none beyond.
default promotion := null

promotion := {
	"to": _level + 1,
	"proposed": every_met,
	"grant": _settings.grant,
	"tests": tests,
} if {
	_wanted
	_level < count(data.settings.levels) - 1
}

_wanted := _settings.promotion[format_int(_level, 10)]

# METADATA
# title: Every test is met
# description: And nothing speaks for a demotion.
default every_met := false

every_met if {
	demotion == null
	every test in tests {
		test.met == true
	}
}

# METADATA
# title: Tests
# description: What the record must say, one by one.
tests := [_test(name, wanted) | some name, wanted in _wanted]

_test("days", least) := _at_least("days", input.record.days, least, "days at the level")

_test("calls", least) := _at_least("calls", numbers.calls, least, "calls let through")

_test("changes", least) := _at_least("changes", numbers.changes, least, "changes done")

_test("success", least) := _share_of_least("success", least, "of the changes were a success")

_test("verified", least) := _share_of_least("verified", least, "of the verifications passed")

_test("reverted", most) := _share_of_most("reverted", most, "of the changes were reverted")

_test("taken_over", most) := _share_of_most("taken_over", most, "of the changes were taken over by people")

_test("quiet", days) := {
	"name": "quiet",
	"met": _changes("stops", days) == 0,
	"message": $"stop conditions: {_changes("stops", days)} within {days} days, none may be",
}

_at_least(name, value, least, what) := {
	"name": name,
	"met": value >= least,
	"message": $"{value} {what}, {least} are needed",
}

_share_of_least(name, least, what) := {
	"name": name,
	"met": numbers[name] >= least,
	"message": $"{_percent(numbers[name])} {what}, at least {_percent(least)} are needed",
} if {
	is_number(numbers[name])
} else := _untold(name, what)

_share_of_most(name, most, what) := {
	"name": name,
	"met": numbers[name] <= most,
	"message": $"{_percent(numbers[name])} {what}, at most {_percent(most)} may be",
} if {
	is_number(numbers[name])
} else := _untold(name, what)

_untold(name, what) := {"name": name, "met": false, "message": $"nothing yet tells what share {what}"}

_percent(share) := $"{format_int(floor(share * 100), 10)} %"

# METADATA
# title: Demotion
# description: What the gate does by itself comes before what it asks people for.
default demotion := null

demotion := _lowest(true) if {
	count(_due(true)) > 0
} else := _lowest(false) if {
	count(_due(false)) > 0
}

_lowest(automatic) := {
	"to": min([one.to | some one in _due(automatic)]),
	"automatic": automatic,
	"because": [{"name": one.name, "of": one.of, "days": one.days, "message": one.message} | some one in _due(automatic)],
}

_due(automatic) := [reason |
	some reason in reasons
	reason.automatic == automatic
]

# METADATA
# title: Reasons
# description: Every reason to take a level away, whether the gate does it or asks for it.
reasons := [_reason(name, rule, to) |
	some name, rule in _settings.demotion
	to := max([_level - rule.levels, rule.down_to])
	to < _level
	_reached(rule)
]

_reason(name, rule, to) := {
	"name": name,
	"of": rule.of,
	"days": rule.days,
	"automatic": rule.automatic,
	"to": to,
	"message": $"{_words[rule.of]}: {_found(rule)} within {rule.days} days, since it came to level {_level}",
}

_found(rule) := _changes(rule.of, rule.days)

_reached(rule) if {
	_found(rule) >= rule.count
} else if {
	whole := _basis(rule.of, rule.days)
	whole >= rule.least
	_found(rule) / whole >= rule.share
}

_words := {
	"stops": "stop conditions",
	"unverified": "failed verifications",
	"reverted": "reverts",
	"taken_over": "times that people took over",
	"failed": "failed changes",
}

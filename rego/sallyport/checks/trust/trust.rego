# METADATA
# title: Trust
# description: That a higher level asks for no less than the one before it, and a demotion can happen.
package sallyport.checks.trust

# METADATA
# title: Problems
# description: What is wrong with `trust`.
problems := array.flatten([_unleveled, _easier, _never, _forgotten])

_trust := data.settings.trust

_top := count(data.settings.levels) - 1

_unleveled := [_problem("error", ["promotion", level], $"from level {level} there is no next one") |
	some level, _ in _trust.promotion
	to_number(level) >= _top
]

_least := ["days", "calls", "changes", "success", "verified", "quiet"]

_most := ["reverted", "taken_over"]

_easier := array.concat(
	[_problem("error", ["promotion", level, name], $"level {level} asks for less than the level before it") |
		some level, wanted in _trust.promotion
		before := _trust.promotion[format_int(to_number(level) - 1, 10)]
		some name in _least
		before[name] > object.get(wanted, name, 0)
	],
	[_problem("error", ["promotion", level, name], $"level {level} bears more than the level before it") |
		some level, wanted in _trust.promotion
		before := _trust.promotion[format_int(to_number(level) - 1, 10)]
		some name in _most
		before[name] < object.get(wanted, name, 1)
	],
)

# A rule without a threshold would never come true.
_never := [_problem("error", ["demotion", name], "it needs a count, or a share and the least of which it is taken") |
	some name, rule in _trust.demotion
	not _can_happen(rule)
]

_can_happen(rule) if {
	rule.count > 0
} else if {
	rule.share > 0
	rule.least > 0
}

# Tests of a longer time than is kept would look at less than they say.
_forgotten := [_problem("error", ["promotion", level, "quiet"], "it is longer than the window") |
	some level, wanted in _trust.promotion
	wanted.quiet > _trust.window
]

_problem(level, path, message) := {"level": level, "path": array.concat(["trust"], path), "message": message}

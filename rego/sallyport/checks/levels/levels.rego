# METADATA
# title: Levels
# description: That each level is at least as permissive as the one before it, and no column kinder than one of less reach.
package sallyport.checks.levels

# METADATA
# title: Problems
# description: What is wrong with `levels`.
problems := array.flatten([_demoted, _dutiful, _inverted])

_cell(level, column) := data.settings.levels[format_int(level, 10)].cells[column]

_steps := numbers.range(1, count(data.settings.levels) - 1)

_demoted := [_problem(level, column, _less(level, level - 1)) |
	some level in _steps
	some column, cell in data.settings.levels[format_int(level, 10)].cells
	not _at_least(cell, _cell(level - 1, column))
]

_less(level, before) := $"level {level} may do less here than level {before}"

_more(level, before) := $"level {level} needs obligations that level {before} does without"

# With more to do the gate cannot always do it, and then the cell under `else` counts.
_dutiful := [_problem(level, column, _more(level, level - 1)) |
	some level in _steps
	some column, cell in data.settings.levels[format_int(level, 10)].cells
	before := _cell(level - 1, column).obligations
	count(object.keys(cell.obligations) - object.keys(before)) > 0
]

_inverted := [_problem(level, graver, $"{graver} is kinder than {milder}, which reaches less far") |
	some level in numbers.range(0, count(data.settings.levels) - 1)
	some [milder, graver] in _columns
	not _at_least(_cell(level, milder), _cell(level, graver))
]

_columns := [
	["telemetry", "read"], ["read", "b"], ["b", "b_production"], ["b", "c"], ["c", "c_production"],
	["b_production", "c_production"],
]

_at_least(cell, before) if {
	_best(cell) >= _best(before)
	_worst(cell) >= _worst(before)
}

# What comes of a cell where everything that it depends on is met, and where nothing is: the greater, the more permissive.
_best(cell) := [4, 0] if {
	cell.do == "allow"
} else := [3, 0] if {
	cell.do == "by-runbook"
	not cell.way_back == true
} else := [2, 0] if {
	cell.do == "by-runbook"
} else := [1, 0 - cell.people] if {
	cell.do == "hold"
} else := [0, 0]

_worst(cell) := _best(cell["else"]) if {
	cell["else"]
} else := _best(cell)

_problem(level, column, message) := {
	"level": "error",
	"path": ["levels", format_int(level, 10), "cells", column],
	"message": message,
}

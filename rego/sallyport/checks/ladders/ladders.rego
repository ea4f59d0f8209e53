# METADATA
# title: Ladders
# description: That a step of another ladder stands for levels that there are, and a higher step for higher ones.
package sallyport.checks.ladders

# METADATA
# title: Problems
# description: What is wrong with `ladders`.
problems := array.flatten([_missing, _disordered, _sunken, _twice])

_steps[[ladder, index]] := step if {
	some ladder, entry in data.settings.ladders
	some index, step in entry.steps
}

_missing := [_problem(place, ["levels"], _absent(level)) |
	some place, step in _steps
	some level in step.levels
	not data.settings.levels[format_int(level, 10)]
]

_absent(level) := $"there is no level {level}"

_disordered := [_problem(place, ["levels"], "levels stand in order, the lowest first") |
	some place, step in _steps
	sort(step.levels) != step.levels
]

_sunken := [_problem(place, ["levels"], "a step stands for higher levels than the one before it") |
	some place, step in _steps
	before := _steps[[place[0], place[1] - 1]]
	min(step.levels) <= max(before.levels)
]

_twice := [_problem(place, ["name"], "a step of this ladder is already called that") |
	some place, step in _steps
	some other, same in _steps
	other[0] == place[0]
	other[1] < place[1]
	same.name == step.name
]

_problem(place, path, message) := {
	"level": "error",
	"path": array.concat(["ladders", place[0], "steps", place[1]], path),
	"message": message,
}

# METADATA
# title: Environments
# description: That what declares no environment is in the strictest one, and that names are told apart.
package sallyport.checks.environments

# METADATA
# title: Problems
# description: What is wrong with `environments`.
problems := array.flatten([_undeclared, _tied, _inverted, _stray, _hidden])

_environments := data.settings.environments

_undeclared := [] if {
	entry := _environments.names[_environments.undeclared]
	entry.production == true
	every other in _environments.names {
		other.strictness <= entry.strictness
	}
} else := [_problem(
	["undeclared"],
	$"{_environments.undeclared} must be the strictest of the environments, and production",
)]

_tied := [_problem(["names", name, "strictness"], $"{name} is as strict as {other}: which of them holds could not be told") |
	some name, entry in _environments.names
	some other, same in _environments.names
	name > other
	entry.strictness == same.strictness
]

_inverted := [_problem(["names", name, "strictness"], $"{name} is production and must be stricter than {other}") |
	some name, entry in _environments.names
	entry.production == true
	some other, looser in _environments.names
	looser.production == false
	looser.strictness > entry.strictness
]

_stray := [_problem(["aliases", alias], $"there is no environment {name}") |
	some alias, name in _environments.aliases
	not _environments.names[name]
]

_hidden := [_problem(["aliases", alias], $"{alias} is an environment itself") |
	some alias, _ in _environments.aliases
	_environments.names[alias]
]

_problem(path, message) := {"level": "error", "path": array.concat(["environments"], path), "message": message}

# METADATA
# title: Places
# description: What checks of settings ask of environments.
package sallyport.places

# METADATA
# title: Unknown places
# description: A problem for each name that is no environment; `path` is where the names stand.
unknown(path, names) := [{
	"level": "error",
	"path": array.concat(path, [name]),
	"message": $"there is no environment {name}; there are {known}",
} |
	some name, _ in names
	not data.settings.environments.names[name]
]

# METADATA
# title: Known
# description: The names of the environments, in words.
known := concat(", ", sort([name | some name, _ in data.settings.environments.names]))

# METADATA
# title: Wider limits
# description: |
#   A warning for each limit that a stricter environment does not have, or has with a greater number; `path` is where the table
#   of limits by environment stands.
wider(path, table) := [{
	"level": "warning",
	"path": array.concat(path, [looser, measure]),
	"message": $"{stricter}, which is stricter than {looser}, has no such limit or a wider one",
} |
	some looser, limits in table
	some stricter, entry in data.settings.environments.names
	entry.strictness > data.settings.environments.names[looser].strictness
	some measure, limit in limits
	not _within(table, stricter, measure, limit)
]

# Of what may be true or false (whether it may still grow), false is the stricter.
_within(table, stricter, measure, limit) if table[stricter][measure] <= limit

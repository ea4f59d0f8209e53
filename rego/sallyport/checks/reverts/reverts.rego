# METADATA
# title: Reverts
# description: That every environment says what may be taken back, and the gate does no more by itself where less is known.
package sallyport.checks.reverts

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `reverts`.
problems := array.flatten([
	places.unknown(["reverts"], data.settings.reverts),
	[{"level": "error", "path": ["reverts"], "message": $"nothing is said of {name}"} |
		some name, _ in data.settings.environments.names
		not data.settings.reverts[name]
	],
	[{
		"level": "warning",
		"path": ["reverts", name, "automatic"],
		"message": "the gate reverts what is of tier C by itself, but not what is of tier B",
	} |
		some name, entry in data.settings.reverts
		entry.automatic.C == true
		entry.automatic.B == false
	],
])

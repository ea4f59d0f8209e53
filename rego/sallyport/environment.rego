# METADATA
# title: Environment
# description: |
#   Where the target is, from the labels of route, namespace and object: the strictest of them holds. `none` means that
#   a source was read and declares nothing; `unknown`, that it could not be read, and then the target may be anywhere.
package sallyport.environment

# METADATA
# title: Canonical name
# description: The environment of the target. What nothing declares, or what is not in the data, is the strictest one.
default name := "unknown"

name := _strictest if {
	_strictest != "none"
} else := data.settings.environments.undeclared if {
	_strictest == "none"
}

# METADATA
# title: Production
# description: Whether the production columns of the level table apply.
default production := true

production := false if data.settings.environments.names[name].production == false

# METADATA
# title: Established
# description: |
#   Every source was read, or one of them already names the strictest environment there is. Where it is not established, what
#   is bound to single environments (grants, freezes, windows) takes the target to be in any of them.
established if {
	input.target.labels.route.environment != "unknown"
	input.target.labels.namespace.environment != "unknown"
	input.target.labels.object.environment != "unknown"
} else if {
	some source in ["route", "namespace", "object"]
	label := input.target.labels[source].environment
	not label in {"none", "unknown"}
	canonical(label) == data.settings.environments.undeclared
} else := false

# METADATA
# title: Canonical name of a label
# description: Aliases are resolved; a name that is not in the data counts as the undeclared environment.
canonical(label) := found if {
	found := declared(label)
} else := data.settings.environments.undeclared

# METADATA
# title: Declared name
# description: The canonical name that a name or an alias of the data stands for; undefined where it is not in the data.
declared(label) := label if {
	data.settings.environments.names[label]
} else := alias if {
	alias := data.settings.environments.aliases[label]
	data.settings.environments.names[alias]
}

# METADATA
# title: Strictness
# description: The rank of a canonical name; the greater number holds.
strictness(environment) := data.settings.environments.names[environment].strictness

_strictest := _stricter(
	_stricter(_read(input.target.labels.route.environment), _read(input.target.labels.namespace.environment)),
	_read(input.target.labels.object.environment),
)

_read(label) := "none" if {
	label == "none"
} else := canonical(label)

_stricter(one, other) := other if {
	one == "none"
} else := one if {
	other == "none"
} else := one if {
	strictness(one) >= strictness(other)
} else := other

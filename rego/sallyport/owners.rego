# METADATA
# title: Owners
# description: |
#   The services and teams that a target belongs to, from the labels of route, namespace and object. Every one that is declared
#   counts: no source overrules another.
package sallyport.owners

# METADATA
# title: Covered
# description: |
#   Whether a grant's list covers the target: `*`, or every declared value. What declares none, or could not be looked up, is
#   covered by `*` alone. `dimension` is the name of the label.
covered(dimension, granted) if {
	"*" in granted
} else if {
	some source in ["route", "namespace", "object"]
	_fits(input.target.labels.route[dimension], granted)
	_fits(input.target.labels.namespace[dimension], granted)
	_fits(input.target.labels.object[dimension], granted)
	input.target.labels[source][dimension] != "none"
}

_fits(value, granted) if {
	value == "none"
} else if {
	value != "none"
	value != "unknown"
	value in granted
}

# METADATA
# title: Is not
# description: The target is known not to belong to this service or team.
is_not(dimension, value) if {
	every source in ["route", "namespace", "object"] {
		label := input.target.labels[source][dimension]
		not label in {value, "unknown"}
	}
}

# METADATA
# title: Named
# description: The declared values in words.
named(dimension) := "unknown" if {
	some source in ["route", "namespace", "object"]
	input.target.labels[source][dimension] == "unknown"
} else := concat(", ", values) if {
	values := {value |
		some source in ["route", "namespace", "object"]
		value := input.target.labels[source][dimension]
		value != "none"
	}
	count(values) > 0
} else := "none"

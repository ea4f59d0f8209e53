# METADATA
# title: Tier
# description: |
#   A: reads, and dry runs of changes. B: changes whose reach is known and within the limits of the environment, with a way
#   back that is exact and whose old state is, or can be, captured, or that needs none. C: everything else.
package sallyport.tier

import data.sallyport.environment
import data.sallyport.words

# METADATA
# title: Name
# description: A, B or C; what nothing puts into a lower tier is of C.
default name := "C"

name := "A" if {
	data.settings.tiers.reads[input.action.class]
} else := "A" if {
	preview
} else := "B" if {
	data.settings.tiers.changes[input.action.class] == true
	count(obstacles) == 0
}

# METADATA
# title: Dry run
# description: The server will persist nothing. Only changes have dry runs; one that is not certain is a real change.
default preview := false

preview if {
	input.action.dry_run == true
	data.settings.tiers.changes[input.action.class] == true
}

# METADATA
# title: Obstacles
# description: Why a change is not of tier B, in words; none, and it is.
obstacles := array.concat(_counts, [obstacle |
	some obstacle in [_class, _known, _scope, _open, _return, _escalation]
	obstacle != ""
])

_class := "" if {
	data.settings.tiers.changes[input.action.class] == true
} else := $"an act of class {input.action.class} is never of a lower tier"

_known := "" if {
	input.blast.known == true
} else := "how far it reaches cannot be told for this kind of act"

_scope := "" if {
	_bounded[input.blast.scope]
} else := $"its scope is {input.blast.scope}"

_bounded := {"none": true, "object": true, "collection": true, "namespace": true}

_open := "" if {
	_closed
} else := "what it reaches may still grow after it was measured"

_closed if {
	input.blast.open == false
} else if {
	input.blast.open == true
	limits.open == true
}

# METADATA
# title: Limits
# description: How far an act of tier B may reach in this environment.
limits := data.settings.limits.tier_b[environment.name]

_counts := [message |
	some measure in ["objects", "namespaces", "replicas", "pods", "share"]
	not _within(measure)
	message := _excess(measure)
]

_within(measure) if {
	is_number(input.blast[measure])
	input.blast[measure] <= limits[measure]
}

_excess(measure) := $"it reaches {words.measured(measure)}, and the limit in {environment.name} is {limits[measure]}" if {
	is_number(input.blast[measure])
	is_number(limits[measure])
} else := $"it reaches {words.measured(measure)}"

_return := "" if {
	reversible
} else := "there is no way back" if {
	input.action.way_back.how == "none"
} else := "whether there is a way back is not known" if {
	input.action.way_back.how == "unknown"
} else := "the way back does not restore exactly what was there" if {
	not input.action.way_back.exact == true
} else := "what the way back needs is not captured"

# METADATA
# title: Reversible
# description: The act can be undone exactly, from a state that the gate holds or can capture, or needs no undoing.
reversible if {
	input.action.way_back.how == "not_needed"
} else if {
	data.settings.tiers.ways_back[input.action.way_back.how] == true
	input.action.way_back.exact == true
	_captured
} else := false

_captured if {
	input.action.way_back.captured == true
} else if {
	"capture" in input.state.can
}

_escalation := "" if {
	input.action.class != "write"
} else := "what it changes is not known" if {
	not is_array(input.action.change.escalates)
} else := "" if {
	every escalation in input.action.change.escalates {
		data.settings.tiers.harmless[escalation] == true
	}
} else := $"it brings about {words.listed(input.action.change.escalates)}"

# METADATA
# title: Evidence
# description: |
#   What the agent brings for a change, and how far it is believed. Of each source the newest word counts; a word against counts
#   where nobody can tell that it was taken back, and one for it only where it is known to be fresh.
package sallyport.evidence

import data.sallyport.budgets
import data.sallyport.level
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Known
# description: Whether it is known what was attached.
default known := false

known if is_array(input.signals.attached)

# METADATA
# title: Demands
# description: What is asked of this change, each beside the environment that asks for it; nothing where a person looks at it anyway.
demands := [] if {
	not level.alone
} else := [[place, demand] |
	some place in budgets.places
	some kind in [tier.name, input.action.class]
	demand := data.settings.evidence.required[place][kind]
]

# METADATA
# title: People
# description: How many people look at a change instead of evidence; as many as the level table asks for where nothing else covers it.
people := object.get(level.instead, "people", 1)

# METADATA
# title: Supporting
# description: What speaks for it and still counts, each with its weight from 0 to 1.
supporting := [object.union(word, {"weight": weight}) |
	some word in _attached
	word.stance == "supports"
	not _contradicted(word)
	weight := _weight(word.age)
	weight > 0
]

# METADATA
# title: Contradicting
# description: What speaks against it and still counts, each with its weight from 0 to 1.
contradicting := [object.union(word, {"weight": weight}) |
	some word in _attached
	word.stance != "supports"
	not _taken_back(word)
	weight := _weight_against(word.age)
	weight > 0
]

_attached := input.signals.attached if {
	known
} else := []

# The same source has said the opposite since, or at the same time.
_contradicted(word) if {
	some other in _attached
	other.source == word.source
	other.stance != "supports"
	not _before(other, word)
}

_taken_back(word) if {
	some other in _attached
	other.source == word.source
	other.stance == "supports"
	_before(word, other)
}

_before(one, other) if {
	is_number(one.told)
	is_number(other.told)
	one.told > other.told
}

_weight(age) := 0 if {
	not is_number(age)
} else := _aged(age)

_weight_against(age) := 1 if {
	not is_number(age)
} else := _aged(age)

_aged(age) := 1 if {
	age <= data.settings.evidence.freshness.fresh
} else := 0 if {
	age >= data.settings.evidence.freshness.stale
} else := (data.settings.evidence.freshness.stale - age) / (data.settings.evidence.freshness.stale - data.settings.evidence.freshness.fresh)

# METADATA
# title: Sources
# description: How many sources support it.
sources := count({word.source | some word in supporting; word.source != "unknown"})

# METADATA
# title: Pattern
# description: Whether what supports it shows a pattern that is known.
default pattern := false

pattern if {
	some word in supporting
	data.settings.evidence.patterns[word.pattern]
}

# METADATA
# title: Confidence
# description: |
#   What the agent says, times how fresh the freshest support is, times how much of all that counts supports it, less where no known
#   pattern is shown. Where nothing was attached it is what the agent says. Never more than that.
default confidence := "unknown"

confidence := input.claims.confidence if {
	is_number(input.claims.confidence)
	known
	count(_attached) == 0
} else := 0 if {
	is_number(input.claims.confidence)
	known
	count(supporting) == 0
} else := round(((input.claims.confidence * _freshest) * _agreement) * (_familiar * 1000)) / 1000 if {
	is_number(input.claims.confidence)
	known
}

_freshest := max([word.weight | some word in supporting])

_agreement := _total(supporting) / (_total(supporting) + _total(contradicting))

_total(said) := sum([word.weight | some word in said])

_familiar := 1 if {
	pattern
} else := data.settings.evidence.unknown_pattern

# METADATA
# title: How
# description: How the confidence came about, where that is not plain, from what the agent says and what speaks for it and against it.
how := "" if {
	count(_attached) == 0
} else := $" (the agent says {input.claims.confidence}; {words.counted(sources, "source", "sources")} for it and {count(contradicting)} against)"

# METADATA
# title: Required evidence
# description: What a change must bring to run without people.
package sallyport.rules.evidence.required

import data.sallyport.approvers
import data.sallyport.evidence
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Required evidence
# description: |
#   Asks people before a change that would run alone and lacks what is required in its environment of its tier or its class: claims,
#   links, sources that support it, a known pattern. What is there only spares people; it grants nothing.
# custom:
#   needs: facts
#   effect: require
#   reverts: spared
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	tier.preview
} else := [] if {
	count(_missing) == 0
} else := [{
	"effect": "require",
	"message": $"the {words.act} would run without people, and {_place} asks for more then: {concat("; ", _missing)}",
	"fix": $"say it with the call or in its intent, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(evidence.people)],
}]

_missing := array.flatten([
	_claims,
	[$"{words.counted(links, "link", "links")} to evidence" |
		some [_, demand] in evidence.demands
		links := demand.links
		not _linked(links)
	],
	[$"{words.counted(sources, "source", "sources")} that still support it, and there are {evidence.sources}" |
		some [_, demand] in evidence.demands
		sources := demand.sources
		not _sourced(sources)
	],
	["a known pattern" |
		some [_, demand] in evidence.demands
		demand.pattern == true
		not evidence.pattern
	],
])

_claims := [_named(claim) |
	some [_, demand] in evidence.demands
	some claim in demand.claims
	not _said(claim)
]

_said(claim) if {
	is_string(claim)
	_given(claim)
} else if {
	is_array(claim)
	some one in claim
	_given(one)
}

_given(claim) if {
	said := input.claims[claim]
	is_string(said)
	not said in {"unknown", ""}
}

_named(claim) := _words[claim] if {
	is_string(claim)
} else := concat(" or ", [_words[one] | some one in claim])

_words := {
	"reason": "a reason", "incident": "an incident", "alert": "an alert", "intent": "an intent", "plan": "a plan",
	"runbook": "a runbook", "success_signal": "a success signal",
}

_linked(number) if {
	is_array(input.claims.links)
	count(input.claims.links) >= number
}

_sourced(number) if {
	evidence.known
	evidence.sources >= number
}

_place := concat(" and ", sort({place | some [place, _] in evidence.demands}))

# METADATA
# title: Confidence
# description: Who is not sure, or is contradicted, asks people.
package sallyport.rules.evidence.confidence

import data.sallyport.approvers
import data.sallyport.evidence
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Confidence
# description: |
#   Asks people before any change against which a source speaks, at every level, and before one that would run alone with less
#   confidence than is required, after freshness, agreement and known patterns. Where it is not known what was attached, all
#   of it may speak against it.
# custom:
#   needs: facts
#   effect: hold
#   reverts: spared
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	tier.preview
} else := array.concat(_doubts, _low)

_doubts := [{
	"effect": "hold",
	"message": $"what was attached as evidence for the {words.act} is not known, so a person looks at it first",
	"fix": $"ask {approvers.listed} to approve it",
	"holds": [approvers.hold(evidence.people)],
}] if {
	not evidence.known
} else := [] if {
	count(evidence.contradicting) == 0
} else := [{
	"effect": "hold",
	"message": $"the evidence contradicts the {words.act}: {_against} against it, so a person looks at it first",
	"fix": $"find out which is right and attach it, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(evidence.people)],
}]

_against := $"{words.listed(_speakers)} speaks" if {
	count(_speakers) == 1
} else := $"{words.listed(_speakers)} speak"

_speakers := sort({words.clip(word.source) | some word in evidence.contradicting})

_low := [] if {
	count(_limits) == 0
} else := [{
	"effect": "hold",
	"message": $"confidence {evidence.confidence} is below {max(_limits)}, which the {words.act} needs to run without people{evidence.how}",
	"fix": $"attach fresh signals that support it, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(evidence.people)],
}]

_limits := {limit |
	some [_, demand] in evidence.demands
	limit := demand.confidence
	not _sure(limit)
}

_sure(limit) if {
	is_number(evidence.confidence)
	evidence.confidence >= limit
}

# METADATA
# title: Human review
# description: Some matters are always for people to look at, whatever the agent's level.
package sallyport.rules.risk.review

import data.sallyport.approvers
import data.sallyport.risk
import data.sallyport.words

# METADATA
# title: Human review
# description: |
#   A change of a domain for which risk.yaml asks for people (security, authentication, billing, data integrity, compliance, and
#   whatever is unknown) is held until so many have approved it.
# custom:
#   needs: facts
#   effect: hold
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	not risk.concerned
} else := [] if {
	risk.for_domains == 0
} else := [{
	"effect": "hold",
	"message": $"the {words.act} is a matter of {_matters}, which people look at whatever the agent's level",
	"fix": $"ask {approvers.needed(risk.for_domains)} to approve it",
	"holds": [approvers.hold(risk.for_domains)],
}]

_matters := concat(" and of ", {matter |
	some [domain, why, people] in risk.weighed
	people > 0
	matter := _worded(domain, why)
})

_worded("unknown", why) := $"nobody knows what ({words.clip(why)})"

_worded(domain, why) := $"{domain} ({words.clip(why)})" if domain != "unknown"

# METADATA
# title: Critical services
# description: What others stand on is changed in smaller steps.
package sallyport.rules.risk.critical

import data.sallyport.approvers
import data.sallyport.risk
import data.sallyport.words

# METADATA
# title: Critical services
# description: |
#   A change of a service of tier 0 that reaches further than the limits for those in risk.yaml, and every deletion, is held for
#   people; so is one of a service whose tier is not known.
# custom:
#   needs: facts
#   effect: hold
#   classes: [write, delete]
answer := [] if {
	not risk.too_far
} else := [{
	"effect": "hold",
	"message": $"the {words.act} is of a critical service (tier {_tiers}) and {_why}",
	"fix": $"make it smaller, or ask {approvers.needed(data.settings.risk.tiers.people)} to approve it",
	"holds": [approvers.hold(data.settings.risk.tiers.people)],
}]

_tiers := concat(", ", {label |
	some source in ["route", "namespace", "object"]
	label := input.target.labels[source].tier
	label != "none"
})

_why := "deletes what others stand on" if {
	input.action.class == "delete"
} else := $"reaches {words.listed([words.measured(measure) | some measure in risk.excess])}, beyond what is small for one"

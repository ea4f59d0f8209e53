# METADATA
# title: Standing verification
# description: Whether the last change of the target is known to have worked.
package sallyport.rules.verification.standing

import data.sallyport.approvers
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Standing verification
# description: |
#   Asks people before another change of what was changed a moment ago and is still being verified, or did not get well: who goes on
#   there may hide what went wrong. Where nobody knows how it stands, it may be that.
# custom:
#   needs: facts
#   effect: hold
#   reverts: spared
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	tier.preview
} else := [] if {
	input.state.verification == "none"
} else := [{
	"effect": "hold",
	"message": $"the {words.act} would follow a change of the same target {_standing}",
	"fix": $"wait until it is known to be well, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(1)],
}]

_standing := "that is still being verified" if {
	input.state.verification == "running"
} else := "that did not succeed" if {
	input.state.verification == "failed"
} else := "of which nobody knows whether it worked"

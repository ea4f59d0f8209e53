# METADATA
# title: Permitted runbooks
# description: Agents follow the runbooks that are theirs.
package sallyport.rules.runbook.permitted

import data.sallyport.approvers
import data.sallyport.runbooks
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Permitted runbooks
# description: |
#   A change under a runbook that is for other agents or teams, or that there is not, asks a person, at every level. A claim only ever makes the verdict
#   stricter here; which runbooks are whose is settings.
# custom:
#   needs: facts
#   effect: hold
#   classes: [write, delete, connect, credential, authority, unknown]
#   reverts: spared
answer := [] if {
	tier.preview
} else := [] if {
	input.claims.runbook == "unknown"
} else := [_finding("there is no runbook", "name one that there is")] if {
	not runbooks.named
} else := [] if {
	runbooks.permitted
} else := [_finding(
	$"agent {input.agent.id} of team {input.agent.team} may not follow runbook",
	$"ask {concat(" or ", runbooks.named.escalation.groups)} to let it follow the runbook",
)]

_finding(what, fix) := {
	"effect": "hold",
	"message": $"{what} {words.clip(input.claims.runbook)}, so a person looks at the {words.act} first",
	"fix": $"{fix}, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(1)],
}

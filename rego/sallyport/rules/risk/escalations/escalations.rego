# METADATA
# title: Escalations
# description: A change that gives more power than before is for people to approve, or for no agent to make.
package sallyport.rules.risk.escalations

import data.sallyport.approvers
import data.sallyport.risk
import data.sallyport.words

# METADATA
# title: Escalations
# description: |
#   What a change brings about is held for as many people as risk.yaml asks for the gravest of it, and denied where it denies one of
#   them. What cannot be told is as grave as anything.
# custom:
#   needs: facts
#   effect: deny
#   classes: [write, delete]
answer := [] if {
	not risk.can_escalate
} else := [{
	"effect": "deny",
	"message": $"the {words.act} gives {_worded(_denied)}; agents may not bring that about, whoever approves",
	"fix": "leave that out of the change, or have a person make it",
}] if {
	count(_denied) > 0
} else := [] if {
	risk.for_escalations == 0
} else := [{
	"effect": "hold",
	"message": $"the {words.act} gives {_worded(_held)}: more power than before, and for {approvers.needed(risk.for_escalations)} to approve",
	"fix": $"leave that out of the change, or ask {approvers.listed} to approve it",
	"holds": [approvers.hold(risk.for_escalations)],
}]

_denied := {name | some name in risk.escalations; data.settings.risk.escalations[name].deny == true}

_held := {name | some name in risk.escalations; data.settings.risk.escalations[name].people > 0}

_worded(names) := words.listed([text |
	some name in names
	text := $"{name} ({data.settings.risk.escalations[name].means})"
])

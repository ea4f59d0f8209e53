# METADATA
# title: Incident class
# description: Incidents that are not safe are not left to agents alone.
package sallyport.rules.runbook.class

import data.sallyport.approvers
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Incident class
# description: |
#   A change under a runbook, or for an incident, that the agent itself names as for people only is refused, at every level; one that
#   is semi-safe, or of a class that nobody knows, asks a person. Claims only ever make the verdict stricter here.
# custom:
#   needs: facts
#   effect: deny
#   reverts: spared
#   classes: [write, delete, connect, credential, authority, unknown]
answer := [] if {
	tier.preview
} else := [] if {
	_safe
} else := [{
	"effect": "deny",
	"message": $"{_whose} for people only, so no agent does the {words.act}",
	"fix": $"hand it to {_people}",
}] if {
	"human-only" in _classes
} else := [{
	"effect": "hold",
	"message": $"{_whose} not safe, so a person looks at the {words.act} first",
	"fix": $"ask {approvers.listed} to approve it",
	"holds": [approvers.hold(1)],
}]

_safe if {
	every name in _classes {
		name in {"safe", "unknown"}
	}
}

_classes := [_incident, _runbook]

_incident := input.claims.incident_class

_runbook := data.settings.runbooks[input.claims.runbook].incident_class if {
	data.settings.runbooks[input.claims.runbook]
} else := "unknown"

_whose := $"runbook {input.claims.runbook} is" if {
	_runbook in {"semi-safe", "human-only"}
	_graver_or_alone
} else := $"the incident is said to be {words.clip(_incident)}, which is"

_graver_or_alone if {
	_runbook == "human-only"
} else if {
	_incident != "human-only"
}

_people := concat(" or ", data.settings.runbooks[input.claims.runbook].escalation.groups) if {
	data.settings.runbooks[input.claims.runbook]
} else := approvers.listed

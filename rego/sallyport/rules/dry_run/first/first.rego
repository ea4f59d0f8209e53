# METADATA
# title: Dry run first
# description: What is hard to take back runs dry before it runs.
package sallyport.rules.dry_run.first

import data.sallyport.approvers
import data.sallyport.environment
import data.sallyport.tier

# METADATA
# title: Dry run first
# description: |
#   A change whose class or name dry_run.yaml lists under `first` for its environment is run dry by the gate immediately before it is
#   sent, and not sent when the server refuses that; where the gate cannot, people are asked. Where the environment is not established, a
#   listing in any environment counts; where the action is not known, a listing of any.
# custom:
#   needs: facts
#   effect: require
#   classes: [write, delete]
answer := [] if {
	not _listed
} else := [{
	"effect": "require",
	"message": $"{input.action.name} is run dry in {environment.name} before it runs, and does not run when the server refuses that",
	"fix": "nothing has to be done; ask the platform team to take it off dry_run.yaml if this is in the way",
	"obligations": [{"name": "dry-run-first", "params": {}}],
}] if {
	"dry-run-first" in input.state.can
} else := [{
	"effect": "hold",
	"message": $"{input.action.name} must be run dry first in {environment.name}, which the gate cannot do with this call",
	"fix": $"ask {approvers.needed(1)} to approve it as it is",
	"holds": [approvers.hold(1)],
}]

_listed if {
	not tier.preview
	_names(data.settings.dry_run.first[environment.name])
}

_listed if {
	not tier.preview
	not environment.established
	some names in data.settings.dry_run.first
	_names(names)
}

_names(names) if names[input.action.class] == true

_names(names) if names[input.action.name] == true

_names(names) if {
	input.action.name == "unknown"
	count(names) > 0
}

# METADATA
# title: Run as a dry run
# description: Changes that the data list run as their dry run.
package sallyport.rules.dry_run.as_dry_run

import data.sallyport.approvers
import data.sallyport.environment
import data.sallyport.tier

# METADATA
# title: Run as a dry run
# description: |
#   A change that dry_run.yaml lists for its environment is turned into its dry run by the gate; where the gate cannot, people are
#   asked. Where the environment is not established, a listing in any environment counts; where the action is not known, a listing
#   of any action.
# custom:
#   needs: facts
#   effect: require
#   reverts: spared
#   classes: [write, delete]
answer := [] if not _listed

answer := [{
	"effect": "require",
	"message": $"{input.action.name} runs as its dry run in {environment.name}: nothing is changed",
	"fix": "ask the platform team to take it off dry_run.yaml",
	"obligations": [{"name": "as-dry-run", "params": {}}],
}] if {
	_listed
	"as-dry-run" in input.state.can
}

answer := [{
	"effect": "hold",
	"message": $"{input.action.name} must run as its dry run in {environment.name}, which the gate cannot do on route {input.target.route}",
	"fix": $"ask {approvers.listed} to approve the real change",
	"holds": [approvers.hold(1)],
}] if {
	_listed
	not "as-dry-run" in input.state.can
}

_listed if {
	not tier.preview
	_names(data.settings.dry_run.as_dry_run[environment.name])
}

_listed if {
	not tier.preview
	not environment.established
	some names in data.settings.dry_run.as_dry_run
	_names(names)
}

_names(names) if names[input.action.name] == true

_names(names) if {
	input.action.name == "unknown"
	count(names) > 0
}

# METADATA
# title: Scope of the labels
# description: An agent acts only on the environments, services and teams of its grant.
package sallyport.rules.scope.labels

import data.sallyport.environment
import data.sallyport.owners
import data.sallyport.words

# METADATA
# title: Scope of the labels
# description: |
#   The environment, service and team of the target, from live labels, must be in the grant. What declares no service or team, and
#   what could not be looked up, is in the grant of `*` alone. Discovery has no target.
# custom:
#   needs: facts
#   effect: deny
#   classes: [telemetry, read, sensitive_read, write, delete, connect, credential, authority, unknown]
answer := [] if _covered

answer := array.concat(_environment, array.concat(_owner("service", "services"), _owner("team", "teams"))) if not _covered

_covered if {
	_within
	owners.covered("service", input.agent.scope.services)
	owners.covered("team", input.agent.scope.teams)
}

_within if {
	"*" in input.agent.scope.environments
} else if {
	environment.established
	some granted in input.agent.scope.environments
	environment.declared(granted) == environment.name
}

_environment := [] if _within

_environment := [{
	"effect": "deny",
	"message": $"environment {_shown} is not in the grant of agent {input.agent.id}",
	"fix": $"the grant covers {words.listed(input.agent.scope.environments)}; ask an operator to widen it",
}] if {
	not _within
}

_shown := environment.name if {
	environment.established
} else := $"unknown (taken to be {environment.name})"

_owner(dimension, list) := [] if {
	owners.covered(dimension, input.agent.scope[list])
} else := [{
	"effect": "deny",
	"message": $"{dimension} {owners.named(dimension)} is not in the grant of agent {input.agent.id}",
	"fix": $"the grant covers {words.listed(input.agent.scope[list])}; ask an operator to widen it",
}]

# METADATA
# title: Freezes
# description: While a freeze is on, what it covers does not run.
package sallyport.rules.freeze.active

import data.sallyport.environment
import data.sallyport.owners
import data.sallyport.words

# METADATA
# title: Freezes
# description: |
#   Gives the reasons of the freezes that cover the call; the gate enforces them itself. Reads pass unless the freeze says
#   otherwise; a dry run is no read here, because it reaches the upstream as a change. A freeze whose scope is not
#   understood covers everything. A freeze of a team stops what is its own, whoever asks; one of a runbook, what is claimed to follow it.
# custom:
#   needs: facts
#   effect: deny
answer := [] if count(input.state.freezes) == 0

answer := [finding |
	some freeze in input.state.freezes
	not _spared(freeze)
	finding := {
		"effect": "deny",
		"message": $"{_covered(freeze)} is frozen by {_said(freeze, "by", "an operator")}: {_said(freeze, "why", "no reason given")}",
		"fix": _fix(freeze),
	}
] if {
	count(input.state.freezes) > 0
}

_spared(freeze) if {
	freeze.reads == false
	data.settings.tiers.reads[input.action.class]
}

_spared(freeze) if {
	is_string(freeze.scope.route)
	not input.target.route in {freeze.scope.route, "unknown"}
}

_spared(freeze) if {
	is_string(freeze.scope.agent)
	freeze.scope.agent != input.agent.id
}

_spared(freeze) if {
	environment.established
	environment.canonical(freeze.scope.environment) != environment.name
}

_spared(freeze) if owners.is_not("service", freeze.scope.service)

_spared(freeze) if owners.is_not("team", freeze.scope.team)

_spared(freeze) if {
	is_string(freeze.scope.runbook)
	input.claims.runbook != freeze.scope.runbook
}

_covered(freeze) := concat(", ", _named(freeze.scope)) if {
	count(_named(freeze.scope)) > 0
} else := "everything"

_named(scope) := [$"{dimension} {value}" |
	some dimension, value in scope
	dimension != "kind"
	is_string(value)
]

_said(freeze, field, otherwise) := words.clip(freeze[field]) if {
	is_string(freeze[field])
	freeze[field] != ""
} else := otherwise

_fix(freeze) := $"wait until {until}, or ask an operator to thaw it" if {
	until := _said(freeze, "until", "")
	not until in {"", "unknown"}
} else := "ask an operator to thaw it"

# METADATA
# title: Credentials
# description: Agents hold no credentials; the gate holds them.
package sallyport.rules.authority.credentials

import data.sallyport.words

# METADATA
# title: Credentials
# description: |
#   An act that hands out or makes a credential is denied, except on routes that the data name; there the level table judges it
#   as tier C.
# custom:
#   needs: request
#   effect: deny
#   reverts: spared
#   classes: [credential]
answer := [] if _allowed

answer := [{
	"effect": "deny",
	"message": $"the {words.act} hands out or makes a credential, and agents may not hold any on route {input.target.route}",
	"fix": "let the gate use its own credential, or have credential_routes in authority.yaml name the route",
}] if {
	not _allowed
}

_allowed if data.settings.authority.credential_routes[input.target.route] == true

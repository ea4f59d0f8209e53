# METADATA
# title: Authority is reserved for people
# description: No agent changes what facts are read from, or who may do what.
package sallyport.rules.authority.reserved

import data.sallyport.words

# METADATA
# title: Authority is reserved for people
# description: An act that would change labels that facts are read from, or who may do what, is denied to agents at every level.
# custom:
#   needs: request
#   effect: deny
#   classes: [authority]
answer := [{
	"effect": "deny",
	"message": $"the {words.act} would change what the gate judges by, or who may do what; agents may not, at any level",
	"fix": "have a person make this change, outside the gate",
}]

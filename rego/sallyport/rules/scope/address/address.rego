# METADATA
# title: Scope of the address
# description: An agent acts only on the routes, namespaces, accounts and tools of its grant.
package sallyport.rules.scope.address

import data.sallyport.words

# METADATA
# title: Scope of the address
# description: |
#   What the call itself shows must be in the grant. A cluster-scoped object and a list of all namespaces need every namespace;
#   an account or a tool is asked for only where the surface has them. Discovery is bound to the route alone.
# custom:
#   needs: request
#   effect: deny
answer := [] if {
	_inside
} else := [finding |
	some [dimension, value, granted] in array.concat(_route, array.concat(_namespace, array.concat(_account, _tool)))
	finding := {
		"effect": "deny",
		"message": $"{dimension} {_shown(dimension, value)} is not in the grant of agent {input.agent.id}",
		"fix": $"the grant covers {words.listed(granted)}; ask an operator to widen it",
	}
]

_inside if {
	count(_route) == 0
	count(_namespace) == 0
	count(_account) == 0
	count(_tool) == 0
}

_route := _check("route", input.target.route, input.agent.scope.routes)

_namespace := [] if {
	_nowhere
} else := _check("namespace", input.target.namespace, input.agent.scope.namespaces)

_account := [] if {
	input.target.account == "none"
} else := [] if {
	_discovery
} else := _check("account", input.target.account, input.agent.scope.accounts)

_tool := [] if {
	input.target.tool == "none"
} else := [] if {
	_discovery
} else := _check("tool", input.target.tool, input.agent.scope.tools)

_discovery if input.action.class == "discovery"

# Discovery and the server's own telemetry have no namespace. Nor do tools and accounts, unless they say so.
_nowhere if {
	_discovery
} else if {
	input.action.class == "telemetry"
	startswith(input.action.resource, "/")
} else if {
	input.target.namespace == "none"
	not _kubernetes
}

# Only Kubernetes calls have neither an account nor a tool: there, no namespace means the whole cluster. One that is not known is
# none to rely on.
_kubernetes if {
	input.target.account in {"none", "unknown"}
	input.target.tool in {"none", "unknown"}
}

_check(dimension, value, granted) := [] if {
	"*" in granted
} else := [] if {
	value != "none"
	value != "unknown"
	value != "*"
	value in granted
} else := [[dimension, value, granted]]

_shown(dimension, value) := "none (a cluster-scoped object)" if {
	dimension == "namespace"
	value == "none"
} else := "* (all namespaces)" if {
	dimension == "namespace"
	value == "*"
} else := words.clip(value)

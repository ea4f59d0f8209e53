package sallyport.rules.scope.address_test

import data.sallyport.fixtures
import data.sallyport.rules.scope.address

granted := {"agent": {"scope": {"routes": ["staging"], "namespaces": ["shop"], "accounts": ["1234"], "tools": ["restart"]}}}

narrow(change) := fixtures.reading(object.union(granted, change))

# What is asked for; the messages.
cases := [
	[{}, []],
	[{"target": {"route": "prod"}}, ["route prod is not in the grant of agent bot"]],
	[{"target": {"route": "unknown"}}, ["route unknown is not in the grant of agent bot"]],
	[{"target": {"namespace": "bank"}}, ["namespace bank is not in the grant of agent bot"]],
	[{"target": {"namespace": "none"}}, ["namespace none (a cluster-scoped object) is not in the grant of agent bot"]],
	[{"target": {"namespace": "*"}}, ["namespace * (all namespaces) is not in the grant of agent bot"]],
	[{"target": {"account": "1234"}}, []],
	[{"target": {"account": "9999"}}, ["account 9999 is not in the grant of agent bot"]],
	[{"target": {"account": "unknown"}}, ["account unknown is not in the grant of agent bot"]],
	[{"target": {"tool": "restart", "namespace": "none"}}, []],
	[
		{"target": {"tool": "unknown", "namespace": "none"}, "agent": {"scope": {"tools": ["*"]}}},
		["namespace none (a cluster-scoped object) is not in the grant of agent bot"],
	],
	[
		{"target": {"account": "unknown", "namespace": "none"}, "agent": {"scope": {"accounts": ["*"]}}},
		["namespace none (a cluster-scoped object) is not in the grant of agent bot"],
	],
	[{"target": {"tool": "drop", "namespace": "none"}}, ["tool drop is not in the grant of agent bot"]],
	[{"action": {"class": "discovery"}, "target": {"namespace": "none", "account": "9999", "tool": "drop"}}, []],
	[{"action": {"class": "discovery"}, "target": {"route": "prod"}}, ["route prod is not in the grant of agent bot"]],
	[{"action": {"class": "telemetry", "resource": "/healthz"}, "target": {"namespace": "none"}}, []],
	[
		{"action": {"class": "telemetry", "resource": "nodes"}, "target": {"namespace": "none"}},
		["namespace none (a cluster-scoped object) is not in the grant of agent bot"],
	],
	[
		{"target": {"route": "prod", "namespace": "bank"}},
		["route prod is not in the grant of agent bot", "namespace bank is not in the grant of agent bot"],
	],
]

test_address_must_be_in_the_grant if {
	every case in cases {
		found := address.answer with input as narrow(case[0])
		[finding.message | some finding in found] == case[1]
		every finding in found {
			finding.effect == "deny"
		}
	}
}

test_fix_says_what_the_grant_covers if {
	found := address.answer with input as narrow({"target": {"namespace": "bank"}})
	found[0].fix == "the grant covers shop; ask an operator to widen it"
	none := address.answer with input as narrow({"target": {"account": "1"}, "agent": {"scope": {"accounts": []}}})
	none[0].fix == "the grant covers none; ask an operator to widen it"
}

test_star_covers_everything if {
	address.answer == [] with input as fixtures.reading({"target": {"namespace": "*"}})
}

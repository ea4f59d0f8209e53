package sallyport.rules.scope.labels_test

import data.sallyport.fixtures
import data.sallyport.rules.scope.labels

granted := {
	"agent": {"scope": {"environments": ["stage"], "services": ["web"], "teams": ["shop"]}},
	"target": {"labels": {"namespace": {"service": "web", "team": "shop"}}},
}

narrow(change) := fixtures.reading(object.union(granted, change))

labelled(labels) := {"target": {"labels": labels}}

# What is asked for; the messages.
cases := [
	[{}, []],
	[fixtures.there("prod"), ["environment prod is not in the grant of agent bot"]],
	[fixtures.there("dev"), ["environment dev is not in the grant of agent bot"]],
	[fixtures.there("elsewhere"), ["environment prod is not in the grant of agent bot"]],
	[labelled({"object": {"environment": "unknown"}}), ["environment unknown (taken to be prod) is not in the grant of agent bot"]],
	[labelled({"object": {"service": "cart"}}), ["service cart, web is not in the grant of agent bot"]],
	[labelled({"object": {"service": "unknown"}}), ["service unknown is not in the grant of agent bot"]],
	[labelled({"namespace": {"service": "none"}}), ["service none is not in the grant of agent bot"]],
	[labelled({"namespace": {"team": "bank"}}), ["team bank is not in the grant of agent bot"]],
	[
		labelled({"object": fixtures.unread}),
		[
			"environment unknown (taken to be prod) is not in the grant of agent bot",
			"service unknown is not in the grant of agent bot",
			"team unknown is not in the grant of agent bot",
		],
	],
]

test_labels_must_be_in_the_grant if {
	every case in cases {
		found := labels.answer with input as narrow(case[0])
		[finding.message | some finding in found] == case[1]
	}
}

test_whole_finding if {
	found := labels.answer with input as narrow(fixtures.there("prod"))
	found == [{
		"effect": "deny",
		"message": "environment prod is not in the grant of agent bot",
		"fix": "the grant covers stage; ask an operator to widen it",
	}]
}

test_name_that_is_not_in_the_data_grants_nothing if {
	found := labels.answer with input as narrow(object.union(
		fixtures.there("elsewhere"),
		{"agent": {"scope": {"environments": ["elsewhere", "unknown", "none"]}}},
	))
	count(found) == 1
}

test_star_covers_what_is_not_known if {
	labels.answer == [] with input as fixtures.reading({"target": {"labels": {"object": fixtures.unread}}})
}

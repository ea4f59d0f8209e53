package sallyport.rules.evidence.required_test

import data.sallyport.fixtures
import data.sallyport.rules.evidence.required

act := "patch of deployments.apps web in namespace shop"

claiming(claims) := fixtures.writing({"agent": {"level": 4}, "claims": claims})

staging(demand) := {"staging": {"B": demand}}

supports := {"source": "logs", "stance": "supports", "pattern": "none", "age": 5, "told": 5}

# What is asked for, what the agent brings; what is missing.
cases := [
	[{"claims": ["reason"]}, {"claims": {"reason": "slow"}}, []],
	[{"claims": ["reason"]}, {}, ["a reason"]],
	[{"claims": ["reason"]}, {"claims": {"reason": ""}}, ["a reason"]],
	[{"claims": ["reason", ["incident", "alert"]]}, {"claims": {"reason": "slow", "alert": "Slow"}}, []],
	[{"claims": ["reason", ["incident", "alert"]]}, {"claims": {"confidence": 1}}, ["a reason", "an incident or an alert"]],
	[{"links": 2}, {"claims": {"links": ["https://a.example", "https://b.example"]}}, []],
	[{"links": 2}, {"claims": {"links": ["https://a.example"]}}, ["2 links to evidence"]],
	[{"links": 1}, {}, ["1 link to evidence"]],
	[{"sources": 1}, {"signals": {"attached": [supports]}}, []],
	[{"sources": 1}, {"signals": {"attached": "unknown"}}, ["1 source that still support it, and there are 0"]],
	[{"sources": 2}, {"signals": {"attached": [supports]}}, ["2 sources that still support it, and there are 1"]],
	[{"pattern": true}, {"signals": {"attached": [object.union(supports, {"pattern": "saturation"})]}}, []],
	[{"pattern": true}, {"signals": {"attached": [object.union(supports, {"pattern": "fate"})]}}, ["a known pattern"]],
	[{"pattern": false}, {}, []],
]

test_what_is_required_is_there_or_people_are_asked if {
	every case in cases {
		found := required.answer with input as fixtures.writing(object.union({"agent": {"level": 4}}, case[1]))
			with data.settings.evidence.required as staging(case[0])
		[one.message | some one in found] == [message |
			count(case[2]) > 0
			message := $"the {act} would run without people, and staging asks for more then: {concat("; ", case[2])}"
		]
	}
}

test_whole_finding if {
	found := required.answer with input as claiming({}) with data.settings.evidence.required as staging({"claims": ["reason"]})
	found == [{
		"effect": "require",
		"message": $"the {act} would run without people, and staging asks for more then: a reason",
		"fix": "say it with the call or in its intent, or ask platform to approve it",
		"holds": [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
	}]
}

# As shipped: production, and only what would run alone.
test_production_asks_for_a_reason_and_an_incident if {
	prod := object.union(fixtures.there("prod"), fixtures.at_level(4))
	count(required.answer) == 1 with input as fixtures.writing(prod)
	said := object.union(prod, {"claims": {"reason": "slow", "incident": "INC-7"}})
	required.answer == [] with input as fixtures.writing(said)
	every level in [0, 1, 2, 3] {
		required.answer == [] with input as fixtures.writing(object.union(fixtures.there("prod"), fixtures.at_level(level)))
	}
	required.answer == [] with input as fixtures.writing(object.union(prod, {"action": {"dry_run": true}}))
	required.answer == [] with input as claiming({})
}

# Where nothing covers it two people are asked, and so they are where evidence for it is missing.
test_people_are_as_many_as_where_nothing_covers_it if {
	prod := object.union(fixtures.there("prod"), fixtures.at_level(5))
	asked := object.union(object.union(prod, fixtures.restarting), {"blast": {"pods": 10, "open": true}})
	found := required.answer with input as fixtures.writing(asked)
		with data.settings.evidence.required as {"prod": {"C": {"claims": ["success_signal"]}}}
	[hold.quorum | some one in found; some hold in one.holds] == [2]
}

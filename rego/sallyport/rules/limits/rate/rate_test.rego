package sallyport.rules.limits.rate_test

import data.sallyport.fixtures
import data.sallyport.rules.limits.rate

limits := {"tier_b": {}, "refuse": {}, "rate": {"staging": {"changes": 3, "calls": 100, "agent": 2, "service": 1, "intent": 2}}}

counting(change) := {"state": {"counts": change}}

under_way(change) := counting({"under_way": change})

# What is changed; the messages.
cases := [
	[{}, []],
	[counting({"changes": 2, "calls": 99}), []],
	[counting({"changes": 3}), ["changes of agent bot within a minute: 3, and the limit in staging is 3"]],
	[counting({"changes": "unknown"}), ["changes of agent bot within a minute: an unknown number, and the limit in staging is 3"]],
	[counting({"calls": 100}), ["calls of agent bot within a minute: 100, and the limit in staging is 100"]],
	[under_way({"agent": 1}), []],
	[under_way({"agent": 2}), ["changes of agent bot under way at once: 2, and the limit in staging is 2"]],
	[under_way({"services": {"cart": 0, "shop": 1}}), ["changes of service shop under way at once: 1, and the limit in staging is 1"]],
	[under_way({"services": {"shop": "unknown"}}), ["changes of service shop under way at once: an unknown number, and the limit in staging is 1"]],
	[
		under_way({"services": "unknown"}),
		["changes of the service, which is not known, under way at once: an unknown number, and the limit in staging is 1"],
	],
	[under_way({"intent": 1}), []],
	[under_way({"intent": 2}), ["changes of this intent under way at once: 2, and the limit in staging is 2"]],
	[object.union(counting({"changes": 9}), fixtures.there("dev")), []],
	[object.union(counting({"changes": 9}), {"action": {"dry_run": true}}), []],
	[
		object.union(counting({"changes": 9}), {"target": {"labels": {"object": {"environment": "unknown"}}}}),
		["changes of agent bot within a minute: 9, and the limit in staging is 3"],
	],
]

test_what_is_too_fast if {
	every case in cases {
		found := rate.answer with input as fixtures.writing(case[0]) with data.settings.limits as limits
		[finding.message | some finding in found] == case[1]
	}
}

test_what_is_not_counted_is_too_fast_where_there_is_a_limit if {
	unknown := {"state": {"counts": "unknown"}}
	found := rate.answer with input as fixtures.writing(unknown) with data.settings.limits as limits
	found == [{
		"effect": "deny",
		"message": "how fast agent bot goes is not known, and in staging there are limits",
		"fix": "send it again when the gate can count",
	}]
	elsewhere := object.union(unknown, fixtures.there("dev"))
	rate.answer == [] with input as fixtures.writing(elsewhere) with data.settings.limits as limits
}

test_whole_findings if {
	worst := counting({"changes": 3, "calls": 100, "under_way": {"agent": 2}})
	found := rate.answer with input as fixtures.writing(worst) with data.settings.limits as limits
	found == [
		{
			"effect": "deny",
			"message": "changes of agent bot under way at once: 2, and the limit in staging is 2",
			"fix": "send it again when one of them has ended",
		},
		{
			"effect": "deny",
			"message": "calls of agent bot within a minute: 100, and the limit in staging is 100",
			"fix": "send it again in a minute",
		},
		{
			"effect": "deny",
			"message": "changes of agent bot within a minute: 3, and the limit in staging is 3",
			"fix": "send it again in a minute",
		},
	]
}

test_people_may_let_it_pass_when_others_are_at_it_too if {
	every change in [{"services": {"shop": 1}}, {"services": "unknown"}, {"intent": 2}] {
		found := rate.answer with input as fixtures.writing(under_way(change)) with data.settings.limits as limits
		[[finding.effect, finding.fix, finding.holds] | some finding in found] == [[
			"hold",
			"send it again when one of them has ended, or ask platform to approve it",
			[{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}],
		]]
	}
}

test_a_limit_that_is_not_understood_is_one if {
	found := rate.answer with input as fixtures.write with data.settings.limits as {"rate": {"staging": {"speed": 9}}}
	[finding.effect | some finding in found] == ["deny"]
}

test_no_limits_no_findings if {
	rate.answer == [] with input as fixtures.writing(counting({"changes": 99999})) with data.settings.limits as {}
}

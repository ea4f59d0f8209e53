package sallyport.trust_test

import data.sallyport.trust

settings := {
	"window": 30,
	"grant": "any",
	"promotion": {"3": {
		"days": 14, "calls": 20, "changes": 10, "success": 0.9, "verified": 0.9, "reverted": 0.1, "taken_over": 0.2,
		"quiet": 14,
	}},
	"demotion": {
		"stop-condition": {"of": "stops", "count": 1, "days": 7, "levels": 2, "down_to": 1, "automatic": true},
		"reverts": {"of": "reverted", "share": 0.3, "least": 10, "days": 14, "levels": 1, "down_to": 2, "automatic": true},
		"takeovers": {"of": "taken_over", "share": 0.5, "least": 10, "days": 14, "levels": 1, "down_to": 1, "automatic": false},
	},
}

nothing := {
	"calls": 0, "allowed": 0, "held": 0, "denied": 0, "alone": 0, "done": 0, "failed": 0, "verified": 0, "unverified": 0,
	"reverted": 0, "taken_over": 0, "spoiled": 0, "stops": 0,
}

good := {"calls": 20, "allowed": 20, "done": 20, "verified": 10}

row(age, kind, counts) := {
	"age": age,
	"environment": "prod",
	"kind": kind,
	"counts": object.union(nothing, counts),
}

asked(level, days, rows) := {
	"version": 1,
	"time": "2026-11-20T12:00:00.000Z",
	"agent": {"id": "fixer", "team": "sre", "owner": "ana", "level": level},
	"record": {"since": "2026-10-01T00:00:00.000Z", "days": days, "rows": rows},
}

standing(level, days, rows) := result if {
	result := trust.standing with input as asked(level, days, rows) with data.settings.trust as settings
}

earned(missing) := count(missing) == 0

unmet(found) := {test.name | some test in found.promotion.tests; test.met == false}

# What is in the record besides what is good; what is missing then.
short := [
	[[], set()],
	[[row(3, "read", {"allowed": 1000, "done": 1000})], set()],
	[[row(3, "change", {"spoiled": 2, "unverified": 2, "failed": 1})], {"success", "verified"}],
	[[row(3, "change", {"spoiled": 3, "reverted": 3})], {"success", "reverted"}],
	[[row(3, "change", {"calls": 0, "taken_over": 5})], {"taken_over"}],
	[[row(13, "change", {"stops": 1})], {"quiet"}],
	[[row(14, "change", {"stops": 1})], set()],
	[[row(30, "change", {"unverified": 9, "reverted": 9, "taken_over": 9, "failed": 9})], set()],
]

test_the_next_level_is_proposed_when_every_test_is_met if {
	every case in short {
		found := standing(3, 14, array.concat([row(3, "change", good)], case[0]))
		found.promotion.to == 4
		unmet(found) == case[1]
		found.promotion.proposed == earned(case[1])
	}
}

test_a_record_that_is_too_short_or_too_small_earns_nothing if {
	unmet(standing(3, 13, [row(3, "change", good)])) == {"days"}
	unmet(standing(3, 14, [])) == {"calls", "changes", "success", "verified", "reverted", "taken_over"}
	found := standing(3, 14, [])
	found.promotion.proposed == false
	found.numbers.success == null
}

test_no_level_is_proposed_where_none_is_named_or_there_is_none if {
	standing(2, 99, [row(3, "change", good)]).promotion == null
	top := object.union(settings, {"promotion": {"5": settings.promotion["3"]}})
	found := trust.standing with input as asked(5, 99, [row(3, "change", good)]) with data.settings.trust as top
	found.promotion == null
}

test_a_stop_condition_costs_levels_at_once_but_not_below_the_floor if {
	found := standing(5, 14, [row(0, "change", {"stops": 1})])
	found.demotion == {
		"to": 3,
		"automatic": true,
		"because": [{
			"name": "stop-condition",
			"of": "stops",
			"days": 7,
			"message": "stop conditions: 1 within 7 days, since it came to level 5",
		}],
	}
	standing(2, 14, [row(0, "change", {"stops": 1})]).demotion.to == 1
	standing(1, 14, [row(0, "change", {"stops": 1})]).demotion == null
	standing(5, 14, [row(7, "change", {"stops": 1})]).demotion == null
}

test_a_share_counts_only_of_enough if {
	standing(4, 14, [row(0, "change", {"done": 9, "reverted": 9})]).demotion == null
	standing(4, 14, [row(0, "change", {"done": 10, "reverted": 2})]).demotion == null
	standing(4, 14, [row(0, "change", {"done": 10, "reverted": 3})]).demotion.to == 3
}

test_what_is_automatic_comes_before_what_people_are_asked_for if {
	asking := standing(4, 14, [row(0, "change", {"calls": 10, "taken_over": 5})]).demotion
	[asking.automatic, asking.to] == [false, 3]
	both := standing(4, 14, [row(0, "change", {"calls": 10, "taken_over": 5, "stops": 1})]).demotion
	[both.automatic, both.to, [one.name | some one in both.because]] == [true, 2, ["stop-condition"]]
}

test_nothing_is_proposed_while_a_demotion_is_demanded if {
	found := standing(3, 99, [row(3, "change", object.union(good, {"done": 10, "reverted": 0})), row(0, "change", {"stops": 1})])
	found.promotion.proposed == false
}

test_the_settings_as_they_ship_propose_every_step_to_a_flawless_record if {
	rows := [row(age, "change", {"calls": 10, "allowed": 10, "done": 10, "verified": 5}) |
		some age in numbers.range(0, 29)
	]
	every level in [0, 1, 2, 3, 4] {
		found := trust.standing with input as asked(level, 30, rows)
		[found.promotion.to, found.promotion.proposed] == [level + 1, true]
		found.demotion == null
	}
}

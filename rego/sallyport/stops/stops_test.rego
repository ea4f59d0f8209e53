package sallyport.stops_test

import data.sallyport.stops

change(id) := {"decision": id, "ago": 10, "ended": "done", "verification": "none", "reverted": false}

failed(id) := object.union(change(id), {"ended": "failed"})

unverified(id) := object.union(change(id), {"verification": "failed"})

verified(id) := object.union(change(id), {"verification": "passed"})

reverted(id) := object.union(change(id), {"reverted": true})

asking(more) := object.union(
	{
		"version": 1,
		"call": {"id": "now", "time": "2026-11-20T10:15:30.123Z"},
		"subject": {"kind": "agent", "name": "bot"},
		"changes": [],
		"denials": [],
		"pace": {"calls": 0, "changes": 0},
	},
	more,
)

condition := {"why": "it does not know what it does", "of": "agent", "counts": "failures", "in_a_row": true, "at": 2, "within": 60, "freeze": "agent"}

# What is changed of the condition, what became of the changes, and what it rests on when it is met.
rows := [
	[{}, [failed("a")], []],
	[{}, [failed("a"), failed("b")], [["a", "b"]]],
	[{}, [failed("a"), change("b"), failed("c")], []],
	[{}, [change("a"), failed("b"), failed("c")], [["b", "c"]]],
	[{}, [failed("a"), failed("b"), change("c")], []],
	[{"in_a_row": false}, [failed("a"), change("b"), failed("c")], [["a", "c"]]],
	[{}, [object.union(failed("a"), {"ago": 3601}), failed("b")], []],
	[{}, [object.union(failed("a"), {"ago": 3600}), failed("b")], [["a", "b"]]],
	[{"counts": "verifications"}, [failed("a"), failed("b")], []],
	[{"counts": "verifications"}, [unverified("a"), change("b"), unverified("c")], [["a", "c"]]],
	[{"counts": "verifications"}, [unverified("a"), verified("b"), unverified("c")], []],
	[{"counts": "reverts"}, [reverted("a"), reverted("b"), change("c")], [["a", "b"]]],
	[{"counts": "reverts"}, [reverted("a"), change("b"), reverted("c")], []],
	[{"counts": "reverts"}, [reverted("a"), failed("b"), reverted("c")], [["a", "c"]]],
	[{"of": "service", "freeze": "service"}, [failed("a"), failed("b")], []],
]

test_what_a_condition_rests_on if {
	every case in rows {
		found := stops.met with data.settings.stops as {"c": object.union(condition, case[0])}
			with input as asking({"changes": case[1]})
		[stop.evidence | some stop in found] == case[2]
	}
}

test_whole_stop if {
	found := stops.answer with data.settings.stops as {"failing": condition}
		with input as asking({"changes": [failed("a"), failed("b")]})
	found == {
		"stops": [{
			"condition": "failing",
			"message": "2 failed changes of agent bot in a row within 60 minutes: it does not know what it does",
			"freeze": "agent",
			"minutes": 0,
			"reads": false,
			"demote": "none",
			"evidence": ["a", "b"],
		}],
		"watch": {"failures": {2}},
	}
}

test_what_a_condition_asks_for_besides if {
	hard := object.union(condition, {"freeze": "everything", "minutes": 30, "reads": true, "demote": 1})
	found := stops.met with data.settings.stops as {"failing": hard}
		with input as asking({"changes": [failed("a"), failed("b")]})
	[[stop.freeze, stop.minutes, stop.reads, stop.demote] | some stop in found] == [["everything", 30, true, 1]]
}

test_denials_count_while_they_are_recent if {
	denied := object.union(condition, {"counts": "denials", "in_a_row": false})
	recent := [{"decision": "a", "ago": 3601}, {"decision": "b", "ago": 3000}, {"decision": "c", "ago": 0}]
	found := stops.met with data.settings.stops as {"denied": denied} with input as asking({"denials": recent})
	[[stop.evidence, stop.message] | some stop in found] == [[
		["b", "c"],
		"2 denied attempts of agent bot within 60 minutes: it does not know what it does",
	]]
}

# Pace, whether it is met at 600 a minute.
paces := [[599, false], [600, true], [1000, true], ["unknown", false]]

test_pace if {
	racing := object.union(condition, {"counts": "changes", "in_a_row": false, "at": 600, "within": 1})
	every case in paces {
		found := stops.met with data.settings.stops as {"racing": racing}
			with input as asking({"pace": {"calls": 9000, "changes": case[0]}})
		count(found) == 1 == case[1]
		every stop in found {
			stop.evidence == ["now"]
		}
	}
}

test_of_a_runbook if {
	of := object.union(condition, {"of": "runbook", "freeze": "runbook"})
	found := stops.answer with data.settings.stops as {"failing": of, "other": condition}
		with input as asking({"subject": {"kind": "runbook", "name": "restart"}, "changes": [failed("a"), failed("b")]})
	[[stop.condition, stop.freeze] | some stop in found.stops] == [["failing", "runbook"]]
}

test_without_conditions if {
	found := stops.answer with data.settings.stops as {} with input as asking({"changes": [failed("a"), failed("b")]})
	found == {"stops": [], "watch": {}}
}

package sallyport.level_test

import data.sallyport.fixtures
import data.sallyport.level

# The level table of the product, cell by cell: level, column, and outcome, people and obligations when the gate can do
# everything, no runbook is named.
notify := {"notify": {"now": false}, "capture": {}}

notify_now := {"notify": {"now": true}, "capture": {}, "verify": {}}

table := {
	0: {"telemetry": "allow", "read": "advise", "b": "advise", "b_production": "advise", "c": "advise", "c_production": "advise"},
	1: {"telemetry": "allow", "read": "allow", "b": "advise", "b_production": "advise", "c": "advise", "c_production": "advise"},
	2: {"telemetry": "allow", "read": "allow", "b": 1, "b_production": 1, "c": 1, "c_production": 2},
	3: {"telemetry": "allow", "read": "allow", "b": notify, "b_production": 1, "c": 1, "c_production": 2},
	4: {"telemetry": "allow", "read": "allow", "b": notify, "b_production": notify_now, "c": 1, "c_production": 2},
	5: {"telemetry": "allow", "read": "allow", "b": notify, "b_production": notify_now, "c": 1, "c_production": 2},
}

# Where a runbook covers the act.
with_runbook := object.union(table, {
	3: {"b_production": {"notify": {"now": false}, "capture": {}, "verify": {}}},
	5: {"c": {"canary": {}, "verify": {}, "fallback": {}}, "c_production": {"canary": {}, "verify": {}, "fallback": {}}},
})

# Where the gate can discharge nothing.
helpless := object.union(table, {
	3: {"b": 1, "b_production": 1},
	4: {"b": 1, "b_production": 1},
	5: {"b": 1, "b_production": 1},
})

columns := {
	"telemetry": fixtures.reading({"action": {"class": "telemetry"}}),
	"read": fixtures.read,
	"b": fixtures.write,
	"b_production": fixtures.writing(fixtures.there("prod")),
	"c": fixtures.writing({"blast": {"scope": "cluster"}}),
	"c_production": fixtures.writing(object.union(fixtures.there("prod"), {"blast": {"scope": "cluster"}})),
}

short(cell) := cell.people if {
	cell.do == "hold"
} else := cell.obligations if {
	cell.do == "allow"
	cell.obligations
} else := cell.do

table_with(change) := {number: row |
	some number in numbers.range(0, 5)
	row := {column: cell |
		some column, asked in columns
		cell := short(level.at(level.effective)) with input as object.union(asked, object.union({"agent": {"level": number}}, change))
	}
}

test_level_table if table_with({}) == table

test_level_table_with_a_runbook if {
	table_with(fixtures.restarting) == with_runbook
}

test_level_table_where_the_gate_can_do_nothing if table_with({"state": {"can": []}}) == helpless

test_runbook_needs_a_way_back_in_production if {
	irreversible := object.union(
		data.settings.runbooks,
		{"restart-stateless": {"actions": {"kubernetes:deployments.apps:patch": {"way_back": ["none"]}}}},
	)
	lost := object.union(fixtures.restarting, object.union(
		fixtures.there("prod"),
		{"agent": {"level": 5}, "action": {"way_back": {"how": "none"}}},
	))
	short(level.at(5)) == 2 with input as fixtures.writing(lost) with data.settings.runbooks as irreversible
}

test_a_hold_says_why_the_runbook_does_not_cover_the_act if {
	doubtful := object.union(fixtures.restarting, object.union(fixtures.there("prod"), {"agent": {"level": 3}, "claims": {
		"confidence": 0.4,
		"alert": "unknown",
	}}))
	found := level.findings with input as fixtures.writing(doubtful)
	found[1].message == concat("", [
		"level 3 (human on the loop) needs the approval of 1 person of production for the patch of deployments.apps web in ",
		"namespace shop: a write of tier B in prod; runbook restart-stateless does not cover it: it needs an alert; ",
		"confidence 0.4 is below 0.8",
	])
	found[1].fix == "ask production to approve it; the runbook escalates to platform after 15m"
}

test_a_grant_says_by_which_runbook if {
	covered := object.union(fixtures.restarting, object.union(fixtures.there("prod"), {"agent": {"level": 3}}))
	found := level.findings with input as fixtures.writing(covered)
	found[0].message == concat("", [
		"level 3 (human on the loop) may do this: a write of tier B in prod, by runbook restart-stateless 2 of platform ",
		"(done when as many pods are ready as are asked for, within 10m)",
	])
}

test_nothing_is_said_of_runbooks_where_the_table_does_not_ask_for_one if {
	found := level.findings with input as fixtures.writing(object.union(fixtures.restarting, {"agent": {"level": 2}}))
	endswith(found[1].message, ": a write of tier B in staging")
	found[1].fix == "ask platform to approve it"
}

rank(cell) := [0, 0] if {
	cell == "advise"
} else := [1, 0 - cell] if {
	is_number(cell)
} else := [2, 0]

test_each_level_is_at_least_as_permissive_as_the_one_before if {
	every shown in [table_with({}), table_with(fixtures.restarting), table_with({"state": {"can": []}})] {
		every number in [1, 2, 3, 4, 5] {
			every column, cell in shown[number] {
				rank(cell) >= rank(shown[number - 1][column])
			}
		}
	}
}

# Narrowings; level in staging; level in production; level where nothing is known.
narrowings := [
	[[], 4, 4, 4],
	[[{"environment": "prod", "level": 2}], 4, 2, 2],
	[[{"environment": "production", "level": 2}], 4, 2, 2],
	[[{"environment": "staging", "level": 3}], 3, 3, 3],
	[[{"environment": "staging", "level": 1}, {"environment": "prod", "level": 3}], 1, 1, 1],
	[[{"environment": "prod", "level": 5}], 4, 4, 4],
	[[{"environment": "nowhere", "level": 1}], 1, 1, 1],
	[[{"service": "cart", "level": 2}], 4, 4, 2],
	[[{"service": "web", "level": 2}], 2, 2, 2],
]

test_narrowing if {
	every case in narrowings {
		change := {"agent": {"level": 4, "narrowed": case[0]}, "target": {"labels": {"object": {"service": "web"}}}}
		level.effective == case[1] with input as fixtures.writing(change)
		level.effective == case[2] with input as fixtures.writing(object.union(change, fixtures.there("prod")))
		unread := {"target": {"labels": {"route": fixtures.unread, "namespace": fixtures.unread, "object": fixtures.unread}}}
		level.effective == case[3] with input as fixtures.writing(object.union(change, unread))
	}
}

# What people must look at is counted in.
test_advice_counts_what_is_at_stake if {
	secured := level.advice with input as fixtures.writing({"action": {"risk_domain": "security"}})
	secured.level == 2
	secured.holds[0].quorum == 2
	grave := level.advice with input as fixtures.writing({"action": {"change": {"escalates": ["privileged"]}}})
	grave.holds[0].quorum == 2
	plain := level.advice with input as fixtures.write
	plain.holds[0].quorum == 1
}

test_advice_of_what_would_be_allowed_asks_people_too if {
	levels := {name: object.union(row, {"cells": {"b": {"do": "allow"}}}) | some name, row in data.settings.levels; name != "1"}
	advising := object.union(levels, {"1": {"title": "observer", "cells": {"b": {"do": "advise"}}}})
	critical := fixtures.writing({"target": {"labels": {"object": {"tier": "0"}}}, "blast": {"share": 1}})
	held := level.advice with input as critical with data.settings.levels as advising
	held.outcome == "hold"
	held.holds[0].quorum == 1
}

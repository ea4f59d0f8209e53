package sallyport.rules.level.table_test

import data.sallyport.fixtures
import data.sallyport.rules.level.table

people(groups, quorum) := {"kind": "people", "key": "people", "groups": groups, "quorum": quorum, "until": ""}

capturing := [{"name": "capture", "params": {}}, {"name": "notify", "params": {"now": false}}]

test_read_is_granted if {
	found := table.answer with input as fixtures.read
	found == [{
		"effect": "grant",
		"message": "level 1 (observer) may do this: a read (tier A)",
		"fix": "",
		"obligations": [],
	}]
}

test_change_is_granted_with_its_obligations if {
	found := table.answer with input as fixtures.writing(fixtures.at_level(4))
	found == [{
		"effect": "grant",
		"message": "level 4 (supervised) may do this: a write of tier B in staging",
		"fix": "",
		"obligations": capturing,
	}]
}

test_change_is_held_for_people if {
	found := table.answer with input as fixtures.writing(object.union(fixtures.there("prod"), object.union(
		fixtures.at_level(2),
		{"blast": {"pods": 11}},
	)))
	found == [
		{"effect": "grant", "message": "level 2 (assisted) may do this with approval", "fix": "", "obligations": []},
		{
			"effect": "hold",
			"message": concat("", [
				"level 2 (assisted) needs the approval of 2 people of production for the patch of deployments.apps web in namespace shop: ",
				"a write of tier C in prod (it reaches 11 pods, and the limit in prod is 10)",
			]),
			"fix": "ask production to approve it",
			"holds": [people(["production"], 2)],
			"obligations": [],
		},
	]
}

test_change_is_advised_with_approval if {
	found := table.answer with input as fixtures.write
	found == [{
		"effect": "deny",
		"message": concat("", [
			"level 1 (observer) may not do the patch of deployments.apps web in namespace shop: ",
			"a write of tier B in staging, reaching 1 object, 2 pods, in 1 namespace",
		]),
		"fix": "level 2 (assisted) could do it with the approval of 1 person of platform",
		"advice": {"level": 2, "outcome": "hold", "holds": [people(["platform"], 1)], "obligations": []},
	}]
}

test_read_is_advised_at_level_0 if {
	found := table.answer with input as fixtures.reading(fixtures.at_level(0))
	found == [{
		"effect": "deny",
		"message": concat("", [
			"level 0 (advisory) may not do the get of deployments.apps web in namespace shop: ",
			"a read (tier A), reaching 0 objects, 0 pods, in 0 namespaces",
		]),
		"fix": "level 1 (observer) could do it",
		"advice": {"level": 1, "outcome": "allow", "holds": [], "obligations": []},
	}]
}

test_advice_when_no_level_may if {
	levels := {name: object.union(level, {"cells": {"b": {"do": "advise"}}}) | some name, level in data.settings.levels}
	found := table.answer with input as fixtures.writing(fixtures.at_level(5)) with data.settings.levels as levels
	found[0].fix == "no level may do this"
	found[0].advice == null
}

test_narrowed_level_is_named if {
	narrowed := {"agent": {"level": 4, "narrowed": [{"environment": "staging", "level": 1}]}}
	found := table.answer with input as fixtures.writing(narrowed)
	startswith(found[0].message, "level 1 (observer), to which this agent's level 4 is narrowed here, may not do the patch")
}

test_hole_in_the_table_denies if {
	found := table.answer with input as fixtures.write with data.settings.levels as {"1": {"title": "odd", "cells": {}}}
	found == [{
		"effect": "deny",
		"message": "the level table has no answer for level 1 and this act",
		"fix": "have the policy's levels.yaml corrected",
	}]
}

test_dry_runs_are_left_to_their_own_rule if {
	table.answer == [] with input as fixtures.writing({"action": {"dry_run": true}})
}

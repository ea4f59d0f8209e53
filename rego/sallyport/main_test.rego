package sallyport_test

import data.sallyport
import data.sallyport.fixtures

verdict(change) := object.union(
	{
		"outcome": "deny", "tier": "B", "environment": "staging", "reasons": [], "warnings": [], "holds": [],
		"obligations": [], "advice": null,
	},
	change,
)

reason(rule, message) := {"rule": rule, "message": message, "fix": "f"}

finding(effect, more) := object.union({"effect": effect, "message": effect, "fix": "f"}, more)

grant := finding("grant", {})

people(quorum, groups) := finding("hold", {"holds": [{
	"kind": "people", "key": "people", "groups": groups, "quorum": quorum, "until": "",
}]})

oblige(name, params) := {"obligations": [{"name": name, "params": params}]}

test_read_is_allowed if {
	found := sallyport.decision with input as fixtures.read
	found == verdict({
		"outcome": "allow",
		"tier": "A",
		"reasons": [{"rule": "level/table", "message": "level 1 (observer) may do this: a read (tier A)", "fix": ""}],
	})
}

test_change_is_held if {
	found := sallyport.decision with input as fixtures.writing(fixtures.at_level(2))
	found.outcome == "hold"
	found.holds == [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}]
	[shown.rule | some shown in found.reasons] == ["level/table"]
}

test_change_is_denied_with_advice if {
	found := sallyport.decision with input as fixtures.write
	found.outcome == "deny"
	found.advice.level == 2
	found.obligations == []
	found.holds == []
}

test_pass_request_allows_what_may_be_measured if {
	found := sallyport.decision with input as fixtures.writing({"call": {"pass": "request"}})
	found == verdict({"outcome": "allow"})
}

test_pass_request_denies_what_needs_no_facts if {
	found := sallyport.decision with input as fixtures.writing({"call": {"pass": "request"}, "action": {"class": "authority"}})
	found.outcome == "deny"
	[shown.rule | some shown in found.reasons] == ["authority/reserved"]
}

test_class_that_the_manifest_does_not_know_is_judged_as_unknown if {
	found := sallyport.decision with input as fixtures.writing({"action": {"class": "new"}, "call": {"body": "streamed"}})
	found.outcome == "deny"
	"action/readable" in [shown.rule | some shown in found.reasons]
}

# What the level rule and the readable rule say of a change; the verdict.
combinations := [
	[[grant], [], verdict({"outcome": "allow", "reasons": [reason("level/table", "grant")]})],
	[[grant], [finding("deny", {})], verdict({"reasons": [reason("action/readable", "deny")]})],
	[[], [], verdict({"reasons": [{
		"rule": "main/default-deny",
		"message": "no rule grants this, and what no rule grants is denied",
		"fix": "ask the platform team which rule should cover it",
	}]})],
	[[people(1, ["a"])], [], verdict({"reasons": [{
		"rule": "main/default-deny",
		"message": "no rule grants this, and what no rule grants is denied",
		"fix": "ask the platform team which rule should cover it",
	}]})],
	[
		[grant, people(1, ["b", "a"])], [people(2, ["a", "b", "c"])],
		verdict({
			"outcome": "hold",
			"reasons": [reason("action/readable", "hold"), reason("level/table", "hold")],
			"holds": [{"kind": "people", "key": "people", "groups": ["a", "b"], "quorum": 2, "until": ""}],
		}),
	],
	[
		[grant, people(1, ["a"])], [finding("deny", {})],
		verdict({"reasons": [reason("action/readable", "deny")]}),
	],
	[
		[finding("grant", oblige("notify", {"now": false})), finding("grant", oblige("verify", {}))],
		[finding("require", oblige("notify", {"now": true})), finding("warn", {})],
		verdict({
			"outcome": "allow",
			"reasons": [reason("level/table", "grant"), reason("level/table", "grant")],
			"warnings": [reason("action/readable", "require"), reason("action/readable", "warn")],
			"obligations": [{"name": "notify", "params": {"now": true}}, {"name": "verify", "params": {}}],
		}),
	],
	[
		[finding("grant", oblige("capture", {}))],
		[finding("require", {"holds": [{"kind": "evidence", "key": "incident", "groups": [], "quorum": 0, "until": ""}]})],
		verdict({
			"outcome": "hold",
			"reasons": [reason("action/readable", "require")],
			"holds": [{"kind": "evidence", "key": "incident", "groups": [], "quorum": 0, "until": ""}],
			"obligations": [{"name": "capture", "params": {}}],
		}),
	],
]

test_findings_are_combined if {
	every case in combinations {
		found := sallyport.decision with input as fixtures.write
			with data.sallyport.rules.level.table.answer as case[0]
			with data.sallyport.rules.action.readable.answer as case[1]
		found == case[2]
	}
}

# Findings that cannot be read.
gibberish := [
	{"effect": "allow", "message": "m", "fix": "f"},
	{"effect": "grant", "fix": "f"},
	{"effect": "grant", "message": "m"},
	{"effect": "hold", "message": "m", "fix": "f"},
	{"effect": "hold", "message": "m", "fix": "f", "holds": []},
	{"effect": "hold", "message": "m", "fix": "f", "holds": "people"},
	{"effect": "hold", "message": "m", "fix": "f", "holds": [{"kind": "people", "key": "people", "quorum": 1}]},
	{"effect": "require", "message": "m", "fix": "f"},
	{"effect": "grant", "message": "m", "fix": "f", "obligations": [{"name": "pray", "params": {}}]},
	"grant",
]

test_finding_that_cannot_be_read_denies if {
	every odd in gibberish {
		found := sallyport.decision with input as fixtures.write with data.sallyport.rules.level.table.answer as [grant, odd]
		found.outcome == "deny"
		found.obligations == []
		found.reasons[0] == {
			"rule": "main/bad-finding",
			"message": "the rule level/table gave a finding that cannot be read, so nothing is allowed",
			"fix": "have the rule corrected: a finding has an effect, a message and a fix",
		}
	}
}

entry(category, rule) := {"id": concat("/", [category, rule]), "category": category, "rule": rule}

listing(entries) := {"facts": {"write": entries, "unknown": []}, "request": {"unknown": []}}

silence(id) := [{
	"rule": "main/no-answer",
	"message": concat("", ["the rule ", id, " gave no answer, so nothing is allowed"]),
	"fix": "have the rule corrected: it must answer every call, with an empty array if it has nothing to say",
}]

test_rule_that_is_not_there_denies if {
	found := sallyport.decision with input as fixtures.writing(fixtures.at_level(4))
		with data.settings.manifest.index as listing([entry("level", "table"), entry("level", "gone")])
	found == verdict({"reasons": silence("level/gone")})
}

test_answer_that_is_no_array_denies if {
	every odd in [false, "grant", {grant}, grant, null] {
		found := sallyport.decision with input as fixtures.write with data.sallyport.rules.level.table.answer as odd
		found.reasons == silence("level/table")
	}
}

broken := {
	"outcome": "deny",
	"tier": "C",
	"environment": "unknown",
	"reasons": [{"rule": "main/broken", "message": "the policy could not judge this call", "fix": "have the bundle and its data corrected"}],
	"warnings": [],
	"holds": [],
	"obligations": [],
	"advice": null,
}

test_without_a_manifest_everything_is_denied if {
	sallyport.decision == broken with input as fixtures.read with data.settings.manifest as {}
	sallyport.decision == broken with input as fixtures.reading({"call": {"pass": "odd"}})
	sallyport.decision == broken with input as {}
}

test_empty_manifest_denies if {
	found := sallyport.decision with input as fixtures.write with data.settings.manifest.index as listing([])
	found.outcome == "deny"
	found.reasons[0].rule == "main/default-deny"
}

site_manifest := {"index": {
	"facts": {"write": [{"id": "site/calm/friday", "category": "calm", "rule": "friday"}], "read": [], "unknown": []},
	"request": {"unknown": []},
}}

test_rules_of_a_site_are_asked_besides if {
	denial := finding("deny", {})
	found := sallyport.decision with input as fixtures.write
		with data.settings.manifest.index as listing([entry("level", "table")])
		with data.sallyport.rules.level.table.answer as [grant]
		with data.site.manifest as site_manifest
		with data.site.rules as {"calm": {"friday": {"answer": [denial]}}}
	found == verdict({
		"outcome": "deny",
		"reasons": [reason("site/calm/friday", "deny")],
		"environment": found.environment,
	})
}

test_rule_of_a_site_that_gives_no_answer_denies if {
	found := sallyport.decision with input as fixtures.write
		with data.settings.manifest.index as listing([entry("level", "table")])
		with data.sallyport.rules.level.table.answer as [grant]
		with data.site.manifest as site_manifest
		with data.site.rules as {}
	found.outcome == "deny"
	[shown.rule | some shown in found.reasons] == ["main/no-answer"]
}

test_rules_of_a_site_that_no_manifest_lists_are_not_asked if {
	found := sallyport.decision with input as fixtures.write
		with data.settings.manifest.index as listing([entry("level", "table")])
		with data.sallyport.rules.level.table.answer as [grant]
		with data.site.rules as {"calm": {"friday": {"answer": [finding("deny", {})]}}}
	found.outcome == "allow"
}

test_manifest_of_a_site_that_cannot_be_read_denies_everything if {
	sallyport.decision == broken with input as fixtures.read with data.site.manifest as {}
}

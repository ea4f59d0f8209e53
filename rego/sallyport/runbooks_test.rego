package sallyport.runbooks_test

import data.sallyport.fixtures
import data.sallyport.runbooks

restart := fixtures.restarting

restarting(change) := fixtures.writing(object.union(restart, change))

far := fixtures.unread

# What is changed; why the runbook does not cover it.
cases := [
	[{}, []],
	[fixtures.there("prod"), []],
	[{"action": {"name": "kubernetes:deployments.apps:delete"}}, ["it does not allow kubernetes:deployments.apps:delete"]],
	[{"blast": {"pods": 11}}, ["it reaches 11 pods, and its limit is 10"]],
	[{"blast": {"pods": "unknown"}}, ["it reaches an unknown number of pods, and its limit is 10"]],
	[{"blast": {"share": "unknown"}}, ["it reaches an unknown share of the workload at once, and its limit is 0.5"]],
	[{"call": {"time": "2027-06-30T00:00:00.000Z"}}, ["its review was due on 2027-06-30"]],
	[{"call": {"time": "unknown"}}, ["its review was due on 2027-06-30"]],
	[{"call": {"time": "2026-11-20T10:15:30.123+01:00"}}, ["its review was due on 2027-06-30"]],
	[{"target": {"labels": {"object": far}}}, []],
	[{"claims": {"alert": "unknown"}}, ["it needs an alert"]],
	[{"claims": {"reason": "unknown", "incident": "unknown"}}, ["it needs a reason", "it needs an incident"]],
	[{"claims": {"confidence": 0.8}}, []],
	[{"claims": {"confidence": 0.4}}, ["confidence 0.4 is below 0.8"]],
	[{"claims": {"confidence": "unknown"}}, ["it needs a confidence of 0.8"]],
	[{"claims": {"incident_class": "safe"}}, []],
	[{"claims": {"incident_class": "semi-safe"}}, ["the incident is said to be semi-safe, and the runbook is for safe ones"]],
	[
		{"action": {"change": {"paths": ["/spec/replicas"]}}},
		["it may change nothing but /spec/template/metadata/annotations"],
	],
	[
		{"action": {"change": {"paths": ["/spec/template/metadata/annotationsX"]}}},
		["it may change nothing but /spec/template/metadata/annotations"],
	],
	[
		{"action": {"change": {"paths": "unknown"}}},
		["it may change nothing but /spec/template/metadata/annotations"],
	],
	[
		{"action": {"way_back": {"how": "inverse"}}},
		["it must be undone exactly by not_needed, and this is inverse"],
	],
	[
		{"action": {"way_back": {"exact": "unknown"}}},
		["it must be undone exactly by not_needed, and this is not_needed"],
	],
	[{"action": {"change": {"escalates": ["image"]}}}, ["it brings about image"]],
	[{"action": {"change": {"escalates": "unknown"}}}, ["what the change brings about is not known"]],
	[{"state": {"failures": {"count": 1}}}, ["the same fix failed within the hour"]],
	[{"state": {"failures": "unknown"}}, ["the same fix failed within the hour"]],
	[{"state": {"counts": {"repeats": {"count": 2}}}}, ["this very change was let through too often within the hour"]],
	[{"state": {"counts": {"repeats": "unknown"}}}, ["this very change was let through too often within the hour"]],
	[{"state": {"counts": "unknown"}}, ["this very change was let through too often within the hour"]],
]

test_gaps_of_a_runbook if {
	every case in cases {
		asked := restarting(case[0])
		gaps := runbooks.gaps with input as asked
		gaps == case[1]
		complete := count(gaps) == 0
		runbooks.covered == complete with input as asked
	}
}

test_no_runbook_covers_what_names_none if {
	every name in ["unknown", "another"] {
		not runbooks.covered with input as restarting({"claims": {"runbook": name}})
	}
}

test_a_runbook_that_there_is_not_is_named if {
	runbooks.uncovered == "; there is no runbook another" with input as restarting({"claims": {"runbook": "another"}})
	runbooks.uncovered == "" with input as restarting({"claims": {"runbook": "unknown"}})
	runbooks.uncovered == "" with input as restarting({})
}

changed(change) := object.union(data.settings.runbooks, {"restart-stateless": change})

# What the runbook is instead; why it does not cover what it covered.
others := [
	[{"incident_class": "semi-safe"}, ["it is semi-safe, and only a safe one runs alone"]],
	[{"incident_class": "human-only"}, ["it is human-only, and only a safe one runs alone"]],
	[{"environments": {"staging": false}}, ["it is not for staging"]],
	[{"evidence": {"alerts": ["KubePodCrashLooping"]}}, []],
	[{"evidence": {"alerts": ["Another", "Other"]}}, ["it is for the alerts Another, Other"]],
	[{"evidence": {"links": 1}}, ["it needs 1 link to evidence"]],
	[{"limits": {"namespaces": 0}}, ["it reaches 1 namespace, and its limit is 0"]],
]

test_runbooks_are_what_the_data_say if {
	every case in others {
		gaps := runbooks.gaps with input as restarting({}) with data.settings.runbooks as changed(case[0])
		gaps == case[1]
	}
}

test_links_are_counted if {
	linked := restarting({"claims": {"links": ["https://alerts.example/1"]}})
	runbooks.covered with input as linked with data.settings.runbooks as changed({"evidence": {"links": 1}})
}

test_runbook_must_cover_every_environment_where_none_is_established if {
	unread := restarting({"target": {"labels": {"object": far}}})
	partial := changed({"environments": {"dev": false}})
	gaps := runbooks.gaps with input as unread with data.settings.runbooks as partial
	gaps == ["it is not for every environment that this may be in"]
	runbooks.covered with input as restarting({}) with data.settings.runbooks as partial
}

scaling(change) := fixtures.writing(object.union(
	{
		"claims": {"runbook": "scale-within-limits", "reason": "slow", "alert": "HighLoad", "confidence": 0.7},
		"action": {"name": "kubernetes:deployments.apps/scale:patch", "resource": "deployments.apps/scale"},
	},
	{"blast": change},
))

# Replicas at most, pods that come or go; whether it may.
scales := [
	[4, 2, true],
	[4, 0, true],
	[5, 3, false],
	[4, 4, false],
	[20, 10, true],
	["unknown", 2, false],
	[4, "unknown", false],
]

test_scaling_is_within_its_factor if {
	every case in scales {
		runbooks.covered == case[2] with input as scaling({"replicas": case[0], "pods": case[1]})
	}
}

rollback := fixtures.writing({
	"claims": {
		"runbook": "rollback-deployment", "reason": "errors", "incident": "INC-8", "alert": "HighErrorRate", "confidence": 0.9,
		"success_signal": "fewer errors", "links": ["https://alerts.example/2"],
	},
	"action": {
		"change": {"paths": ["/spec/template/spec/containers/0/image"], "escalates": ["image"]},
		"way_back": {"how": "revision"},
	},
})

test_a_rollback_is_all_but_safe if {
	gaps := runbooks.gaps with input as rollback
	gaps == ["it is semi-safe, and only a safe one runs alone"]
}

package sallyport.tier_test

import data.sallyport.fixtures
import data.sallyport.tier

# What is changed; tier; obstacles.
cases := [
	[{}, "B", []],
	[{"action": {"class": "delete"}}, "B", []],
	[{"action": {"way_back": {"how": "not_needed", "exact": "unknown", "captured": "unknown"}}}, "B", []],
	[{"action": {"way_back": {"captured": "unknown"}}}, "B", []],
	[{"action": {"way_back": {"captured": false}}, "state": {"can": []}}, "C", ["what the way back needs is not captured"]],
	[{"action": {"way_back": {"exact": "unknown"}}}, "C", ["the way back does not restore exactly what was there"]],
	[{"action": {"way_back": {"how": "none"}}}, "C", ["there is no way back"]],
	[{"action": {"way_back": {"how": "unknown"}}}, "C", ["whether there is a way back is not known"]],
	[{"blast": {"known": false}}, "C", ["how far it reaches cannot be told for this kind of act"]],
	[{"blast": {"scope": "cluster"}}, "C", ["its scope is cluster"]],
	[{"blast": {"scope": "unknown"}}, "C", ["its scope is unknown"]],
	[{"blast": {"open": "unknown"}}, "C", ["what it reaches may still grow after it was measured"]],
	[{"blast": {"open": true}}, "B", []],
	[{"blast": {"objects": 20, "pods": 50, "replicas": 50, "share": 1}}, "B", []],
	[{"blast": {"objects": 21}}, "C", ["it reaches 21 objects, and the limit in staging is 20"]],
	[{"blast": {"objects": "unknown"}}, "C", ["it reaches an unknown number of objects"]],
	[{"blast": {"pods": 51}}, "C", ["it reaches 51 pods, and the limit in staging is 50"]],
	[{"blast": {"pods": "unknown"}}, "C", ["it reaches an unknown number of pods"]],
	[{"blast": {"replicas": 51}}, "C", ["it reaches 51 replicas, and the limit in staging is 50"]],
	[{"blast": {"namespaces": 2}}, "C", ["it reaches 2 namespaces, and the limit in staging is 1"]],
	[{"blast": {"share": 1.1}}, "C", ["it reaches 110 % of the workload at once, and the limit in staging is 1"]],
	[{"blast": {"share": "unknown"}}, "C", ["it reaches an unknown share of the workload at once"]],
	[{"action": {"change": {"escalates": ["image"]}}}, "B", []],
	[{"action": {"change": {"escalates": ["image", "privileged"]}}}, "C", ["it brings about image, privileged"]],
	[{"action": {"change": {"escalates": "unknown"}}}, "C", ["what it changes is not known"]],
	[{"action": {"class": "delete", "change": {"escalates": "unknown"}}}, "B", []],
	[{"action": {"dry_run": true}}, "A", []],
	[{"action": {"dry_run": "unknown"}}, "B", []],
]

test_tier_of_changes if {
	every case in cases {
		found := [tier.name, tier.obstacles] with input as fixtures.writing(case[0])
		found == [case[1], case[2]]
	}
}

test_open_reach_is_for_tier_c_in_production if {
	tier.name == "B" with input as fixtures.writing(fixtures.there("prod"))
	tier.name == "C" with input as fixtures.writing(object.union(fixtures.there("prod"), {"blast": {"open": true}}))
}

test_tier_by_class if {
	found := {class: name |
		some class in ["discovery", "telemetry", "read", "sensitive_read", "connect", "credential", "authority", "unknown", "new"]
		name := tier.name with input as fixtures.writing({"action": {"class": class, "dry_run": true}})
	}
	found == {
		"discovery": "A", "telemetry": "A", "read": "A", "sensitive_read": "C", "connect": "C", "credential": "C",
		"authority": "C", "unknown": "C", "new": "C",
	}
}

test_class_is_an_obstacle if {
	tier.obstacles[0] == "an act of class connect is never of a lower tier" with input as fixtures.writing({"action": {"class": "connect"}})
}

test_environment_without_limits_has_no_tier_b if {
	tier.name == "C" with input as fixtures.write with data.settings.limits as {"tier_b": {}, "refuse": {}}
}

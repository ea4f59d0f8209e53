package sallyport.rules.risk.escalations_test

import data.sallyport.fixtures
import data.sallyport.rules.risk.escalations

giving(names) := fixtures.writing({"action": {"change": {"escalates": names}}})

people(quorum) := [{"kind": "people", "key": "people", "groups": ["platform"], "quorum": quorum, "until": ""}]

denying(names) := object.union(data.settings.risk, {"escalations": {name: {"deny": true} | some name in names}})

test_nothing_is_given if {
	escalations.answer == [] with input as giving([])
	escalations.answer == [] with input as giving(["image"])
}

test_power_is_for_people_to_give if {
	found := escalations.answer with input as giving(["image", "privileged"])
	found == [{
		"effect": "hold",
		"message": concat("", [
			"the patch of deployments.apps web in namespace shop gives privileged (its containers may do to the kernel of the node ",
			"what they could not before): more power than before, and for 2 people of platform to approve",
		]),
		"fix": "leave that out of the change, or ask platform to approve it",
		"holds": people(2),
	}]
}

test_the_gravest_counts if {
	one := escalations.answer with input as giving(["containers", "pod labels"])
	one[0].holds == people(1)
	two := escalations.answer with input as giving(["containers", "host access"])
	two[0].holds == people(2)
}

test_what_cannot_be_told_is_as_grave_as_anything if {
	every names in ["unknown", ["mind reading"], ["image", "unknown"]] {
		found := escalations.answer with input as giving(names)
		found[0].holds == people(2)
		contains(found[0].message, "gives unknown (what it gives cannot be told)")
	}
}

test_some_are_for_nobody if {
	found := escalations.answer with input as giving(["privileged", "node"]) with data.settings.risk as denying(["privileged", "unknown"])
	found == [{
		"effect": "deny",
		"message": concat("", [
			"the patch of deployments.apps web in namespace shop gives privileged (its containers may do to the kernel of the node ",
			"what they could not before); agents may not bring that about, whoever approves",
		]),
		"fix": "leave that out of the change, or have a person make it",
	}]
	unread := escalations.answer with input as giving("unknown") with data.settings.risk as denying(["privileged", "unknown"])
	unread[0].effect == "deny"
	other := escalations.answer with input as giving(["node"]) with data.settings.risk as denying(["privileged", "unknown"])
	other[0].effect == "hold"
}

test_removals_open_too if {
	asked := fixtures.writing({"action": {"class": "delete", "change": {"escalates": ["network policy"]}}})
	found := escalations.answer with input as asked
	found[0].holds == people(2)
}

test_dry_runs_and_what_writes_nothing_give_nothing if {
	escalations.answer == [] with input as fixtures.writing({"action": {"dry_run": true, "change": {"escalates": ["privileged"]}}})
	escalations.answer == [] with input as fixtures.writing({"action": {"class": "connect", "change": {"escalates": "unknown"}}})
}

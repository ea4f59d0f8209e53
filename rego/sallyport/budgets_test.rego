package sallyport.budgets_test

import data.sallyport.budgets
import data.sallyport.fixtures

every_place := {"prod", "staging", "test", "dev"}

test_limits_of_the_place_bind_or_of_every_place_where_it_is_not_established if {
	budgets.places == ["staging"] with input as fixtures.write
	unread := {"target": {"labels": {"object": {"environment": "unknown"}}}}
	found := budgets.places with input as fixtures.writing(unread)
	{place | some place in found} == every_place
	budgets.places == ["prod"] with input as fixtures.writing(object.union(fixtures.there("prod"), unread))
}

test_accounts if {
	dev := {"dev": fixtures.spending({})}
	spent := {"agent": dev, "services": {"cart": {}, "shop": dev}, "intent": {}}
	found := budgets.accounts with input as fixtures.writing({"state": {"spent": spent}})
	found == [
		["agent", "agent bot", dev],
		["service", "service cart", {}],
		["service", "service shop", dev],
		["intent", "this intent", {}],
	]
}

test_accounts_without_an_intent_or_a_service if {
	budgets.accounts == [["agent", "agent bot", {}]] with input as fixtures.write
}

test_accounts_of_which_nothing_is_known if {
	everything := [
		["agent", "agent bot", "unknown"],
		["service", "the service, which is not known,", "unknown"],
		["intent", "this intent", "unknown"],
	]
	parts := {"agent": "unknown", "services": "unknown", "intent": "unknown"}
	budgets.accounts == everything with input as fixtures.writing({"state": {"spent": parts}})
}

# By another name it is the same place, and a name that is not in the data is the undeclared one.
test_total_of_a_place if {
	spent := {
		"stage": fixtures.spending({"objects": 2}),
		"staging": fixtures.spending({"objects": 3}),
		"mars": fixtures.spending({"objects": 4}),
		"prod": fixtures.spending({"objects": 5}),
	}
	budgets.total(spent, "staging", "objects") == 5
	budgets.total(spent, "prod", "objects") == 9
	budgets.total(spent, "dev", "objects") == 0
}

test_no_total_of_what_is_not_known if {
	not budgets.total("unknown", "dev", "objects")
	not budgets.total({"dev": fixtures.spending({"pods": "unknown"})}, "dev", "pods")
	not budgets.total({"dev": {}}, "dev", "pods")
	budgets.total({"dev": fixtures.spending({"pods": "unknown"})}, "prod", "pods") == 0
}

test_who_spent_it_and_until_when_it_counts if {
	spent := {
		"stage": fixtures.spending({"calls": ["1"], "frees": "2026-11-20T10:40:00.000Z"}),
		"staging": fixtures.spending({"calls": ["2", "3"]}),
	}
	budgets.lately(spent, "staging") == ", lately by 1, 2, 3"
	budgets.frees(spent, "staging") == "2026-11-20T10:30:00.000Z"
	budgets.lately(spent, "dev") == ""
	budgets.frees(spent, "dev") == ""
	budgets.lately("unknown", "dev") == ""
	budgets.frees("unknown", "dev") == ""
}

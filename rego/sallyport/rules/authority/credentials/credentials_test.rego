package sallyport.rules.authority.credentials_test

import data.sallyport.fixtures
import data.sallyport.rules.authority.credentials

asked := fixtures.writing({"action": {"class": "credential", "verb": "create", "resource": "serviceaccounts/token"}})

test_credentials_are_denied if {
	found := credentials.answer with input as asked
	found == [{
		"effect": "deny",
		"message": concat("", [
			"the create of serviceaccounts/token web in namespace shop hands out or makes a credential, ",
			"and agents may not hold any on route staging",
		]),
		"fix": "let the gate use its own credential, or have credential_routes in authority.yaml name the route",
	}]
}

test_named_routes_leave_it_to_the_level_table if {
	credentials.answer == [] with input as asked with data.settings.authority as {"credential_routes": {"staging": true}}
}

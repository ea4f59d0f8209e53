package sallyport.rules.authority.reserved_test

import data.sallyport.fixtures
import data.sallyport.rules.authority.reserved

test_authority_is_denied if {
	found := reserved.answer with input as fixtures.writing({"action": {"class": "authority"}})
	found == [{
		"effect": "deny",
		"message": concat("", [
			"the patch of deployments.apps web in namespace shop would change what the gate judges by, or who may do what; ",
			"agents may not, at any level",
		]),
		"fix": "have a person make this change, outside the gate",
	}]
}

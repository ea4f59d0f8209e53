package sallyport.rules.action.readable_test

import data.sallyport.fixtures
import data.sallyport.rules.action.readable

# Class, body, whether it can be judged.
cases := [
	["write", "read", true],
	["delete", "none", true],
	["write", "unreadable", false],
	["write", "streamed", false],
	["write", "unknown", false],
	["delete", "streamed", false],
	["connect", "streamed", true],
	["connect", "unreadable", false],
	["sensitive_read", "streamed", true],
	["unknown", "streamed", false],
	["unknown", "read", false],
	["new", "none", false],
]

test_what_cannot_be_read_is_denied if {
	every case in cases {
		found := readable.answer with input as fixtures.writing({"action": {"class": case[0]}, "call": {"body": case[1]}})
		found == [] == case[2]
	}
}

test_whole_finding if {
	found := readable.answer with input as fixtures.writing({"call": {"body": "unreadable"}})
	found == [{
		"effect": "deny",
		"message": "the body of this write is unreadable, and what cannot be read cannot be judged",
		"fix": "send it as JSON and in one piece",
	}]
}

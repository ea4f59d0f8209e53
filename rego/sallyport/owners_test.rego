package sallyport.owners_test

import data.sallyport.fixtures
import data.sallyport.owners

labelled(route, namespace, object_) := fixtures.reading({"target": {"labels": {
	"route": {"service": route},
	"namespace": {"service": namespace},
	"object": {"service": object_},
}}})

# Route, namespace, object, grant; whether it is covered; in words.
cases := [
	["none", "none", "none", ["*"], true, "none"],
	["none", "none", "none", ["web", "none"], false, "none"],
	["none", "none", "unknown", ["*"], true, "unknown"],
	["none", "web", "unknown", ["web", "unknown"], false, "unknown"],
	["none", "web", "none", ["web"], true, "web"],
	["none", "web", "cart", ["web"], false, "cart, web"],
	["none", "web", "cart", ["web", "cart"], true, "cart, web"],
	["none", "web", "none", [], false, "web"],
]

test_every_declared_owner_is_covered if {
	every case in cases {
		asked := labelled(case[0], case[1], case[2])
		_covered(asked, case[3]) == case[4]
		owners.named("service") == case[5] with input as asked
	}
}

_covered(asked, granted) if {
	owners.covered("service", granted) with input as asked
} else := false

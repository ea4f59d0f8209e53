package sallyport.environment_test

import data.sallyport.environment
import data.sallyport.fixtures

labelled(route, namespace, object_) := fixtures.reading({"target": {"labels": {
	"route": {"environment": route},
	"namespace": {"environment": namespace},
	"object": {"environment": object_},
}}})

# Route, namespace, object; canonical name; production; established.
cases := [
	["staging", "none", "none", "staging", false, true],
	["none", "dev", "none", "dev", false, true],
	["dev", "staging", "test", "staging", false, true],
	["staging", "dev", "prod", "prod", true, true],
	["dev", "none", "production", "prod", true, true],
	["dev", "stage", "none", "staging", false, true],
	["none", "none", "none", "prod", true, true],
	["dev", "none", "canary-land", "prod", true, true],
	["dev", "Prod", "none", "prod", true, true],
	["dev", "unknown", "none", "prod", true, false],
	["dev", "none", "unknown", "prod", true, false],
	["unknown", "unknown", "unknown", "prod", true, false],
	["none", "unknown", "none", "prod", true, false],
	["prod", "unknown", "unknown", "prod", true, true],
	["unknown", "live", "none", "prod", true, true],
]

test_strictest_label_holds if {
	every case in cases {
		found := [environment.name, environment.production, environment.established] with input as labelled(case[0], case[1], case[2])
		found == [case[3], case[4], case[5]]
	}
}

test_broken_data_are_production if {
	environment.production with input as labelled("dev", "none", "none") with data.settings.environments as {}
	environment.name == "unknown" with input as labelled("dev", "none", "none") with data.settings.environments as {}
}

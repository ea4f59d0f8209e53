package sallyport.places_test

import data.sallyport.places

test_unknown_places_are_told_with_those_that_there_are if {
	places.unknown(["windows", "environments"], {"prod": 1, "production": 1, "staging": 1}) == [{
		"level": "error",
		"path": ["windows", "environments", "production"],
		"message": "there is no environment production; there are dev, prod, staging, test",
	}]
}

# A table of limits; the environments and measures of which a stricter environment has none or a wider one.
tables := [
	[{}, set()],
	[{"prod": {"objects": 1}}, set()],
	[{"prod": {"objects": 1}, "staging": {"objects": 1}}, set()],
	[{"prod": {"objects": 2}, "staging": {"objects": 1}}, {["staging", "objects"]}],
	[{"staging": {"objects": 1}}, {["staging", "objects"]}],
	[{"prod": {"open": true}, "staging": {"open": false}}, {["staging", "open"]}],
	[{"prod": {"open": false}, "staging": {"open": true}}, set()],
	[{"prod": {"pods": 1}, "staging": {"pods": 1}, "dev": {"pods": 1}}, {["dev", "pods"]}],
	[{"mars": {"pods": 1}}, set()],
]

test_stricter_environments_have_no_wider_limits if {
	every case in tables {
		{array.slice(problem.path, 1, 3) | some problem in places.wider(["limits"], case[0])} == case[1]
	}
}

test_a_wider_limit_is_a_warning if {
	found := places.wider(["limits", "rate"], {"staging": {"calls": 1}})
	found == [{
		"level": "warning",
		"path": ["limits", "rate", "staging", "calls"],
		"message": "prod, which is stricter than staging, has no such limit or a wider one",
	}]
}

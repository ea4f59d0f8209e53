package sallyport.rules.evidence.confidence_test

import data.sallyport.fixtures
import data.sallyport.rules.evidence.confidence

act := "patch of deployments.apps web in namespace shop"

hold := {"kind": "people", "key": "people", "groups": ["platform"], "quorum": 1, "until": ""}

word(source, stance) := {"source": source, "stance": stance, "pattern": "crash-loop", "age": 5, "told": 5}

bringing(confidence, attached) := {"claims": {"confidence": confidence}, "signals": {"attached": attached}}

contradicted := bringing(1, [word("logs", "supports"), word("metrics", "contradicts")])

test_what_is_contradicted_asks_a_person_at_every_level if {
	every level in [0, 1, 2, 3, 4, 5] {
		found := confidence.answer with input as fixtures.writing(object.union(contradicted, fixtures.at_level(level)))
		found == [{
			"effect": "hold",
			"message": $"the evidence contradicts the {act}: metrics speaks against it, so a person looks at it first",
			"fix": "find out which is right and attach it, or ask platform to approve it",
			"holds": [hold],
		}]
	}
}

test_what_is_not_known_may_contradict_it if {
	found := confidence.answer with input as fixtures.writing(bringing(1, "unknown"))
	found == [{
		"effect": "hold",
		"message": $"what was attached as evidence for the {act} is not known, so a person looks at it first",
		"fix": "ask platform to approve it",
		"holds": [hold],
	}]
}

# What is claimed, what was attached; what is said of it where 0.7 is needed.
cases := [
	[0.7, [], []],
	[0.69, [], ["confidence 0.69 is below 0.7"]],
	["unknown", [], ["confidence unknown is below 0.7"]],
	[0.9, [word("logs", "supports")], []],
	[0.9, [object.union(word("logs", "supports"), {"age": 2250})], ["confidence 0.45 is below 0.7"]],
]

test_who_is_not_sure_asks_a_person if {
	every case in cases {
		asked := object.union(bringing(case[0], case[1]), {"agent": {"level": 4}})
		found := confidence.answer with input as fixtures.writing(asked)
			with data.settings.evidence.required as {"staging": {"write": {"confidence": 0.7}}}
		[one.effect | some one in found] == ["hold" | some _ in case[2]]
		every index, said in case[2] {
			startswith(found[index].message, $"{said}, which the {act} needs to run without people")
		}
	}
}

test_the_message_says_how_it_came_about if {
	stale := bringing(0.9, [object.union(word("logs", "supports"), {"age": 2250})])
	found := confidence.answer with input as fixtures.writing(object.union(stale, {"agent": {"level": 4}}))
		with data.settings.evidence.required as {"staging": {"write": {"confidence": 0.7}}}
	endswith(found[0].message, "(the agent says 0.9; 1 source for it and 0 against)")
}

# As shipped: production, and only what would run alone.
test_as_shipped if {
	prod := fixtures.there("prod")
	count(confidence.answer) == 1 with input as fixtures.writing(object.union(prod, fixtures.at_level(4)))
	every level in [0, 1, 2, 3] {
		confidence.answer == [] with input as fixtures.writing(object.union(prod, fixtures.at_level(level)))
	}
	confidence.answer == [] with input as fixtures.writing(fixtures.at_level(4))
	confidence.answer == [] with input as fixtures.writing(object.union(contradicted, {"action": {"dry_run": true}}))
}

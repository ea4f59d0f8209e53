package sallyport.evidence_test

import data.sallyport.evidence
import data.sallyport.fixtures

word(source, stance, age) := {"source": source, "stance": stance, "pattern": "none", "age": age, "told": age}

with_pattern(source, age, pattern) := object.union(word(source, "supports", age), {"pattern": pattern})

sure(confidence, attached) := fixtures.writing({"claims": {"confidence": confidence}, "signals": {"attached": attached}})

# What is claimed, what was attached; how far it is believed.
cases := [
	[0.9, [], 0.9],
	["unknown", [], "unknown"],
	["0.9", [], "unknown"],
	[0.9, "unknown", "unknown"],
	[0.9, [with_pattern("logs", 0, "crash-loop")], 0.9],
	[0.9, [word("logs", "supports", 0)], 0.81],
	[0.9, [with_pattern("logs", 900, "crash-loop")], 0.9],
	[0.9, [with_pattern("logs", 2250, "crash-loop")], 0.45],
	[0.9, [with_pattern("logs", 3600, "crash-loop")], 0],
	[0.9, [with_pattern("logs", "unknown", "crash-loop")], 0],
	[0.9, [with_pattern("logs", 10, "crash-loop"), word("metrics", "contradicts", 10)], 0.45],
	[0.9, [with_pattern("logs", 10, "crash-loop"), word("metrics", "contradicts", "unknown")], 0.45],
	[0.9, [with_pattern("logs", 10, "crash-loop"), word("metrics", "contradicts", 9000)], 0.9],
	[0.9, [with_pattern("logs", 10, "crash-loop"), word("metrics", "supports", 2250)], 0.9],
	# The newest word of a source counts; where both were said at once, the one against it.
	[0.9, [with_pattern("logs", 10, "crash-loop"), word("logs", "contradicts", 20)], 0.9],
	[0.9, [with_pattern("logs", 10, "crash-loop"), word("logs", "contradicts", 10)], 0],
	[0.9, [with_pattern("logs", 30, "crash-loop"), word("logs", "contradicts", 20)], 0],
	[0.9, [word("metrics", "contradicts", 20)], 0],
]

test_confidence_is_what_the_signals_leave_of_it if {
	every case in cases {
		found := evidence.confidence with input as sure(case[0], case[1])
		found == case[2]
	}
}

test_an_input_without_signals_is_one_of_which_nothing_is_known if {
	found := evidence.confidence with input as object.union(object.remove(sure(0.9, []), ["signals"]), {"signals": {}})
	found == "unknown"
}

test_sources_of_one_name_are_one if {
	attached := [word("logs", "supports", 1), word("metrics", "supports", 2), word("unknown", "supports", 2), word("traces", "contradicts", 2)]
	evidence.sources == 2 with input as sure(0.9, attached)
}

test_nothing_is_asked_where_people_decide_anyway if {
	prod := fixtures.there("prod")
	every level, count_of in {2: 0, 3: 0, 4: 1, 5: 1} {
		found := evidence.demands with input as fixtures.writing(object.union(fixtures.at_level(level), prod))
		count(found) == count_of
	}
}

test_where_it_is_not_known_which_environment_it_is_all_of_them_ask if {
	lost := {"target": {"labels": {"namespace": {"environment": "unknown"}, "route": {"environment": "dev"}}}}
	asked := {"dev": {"B": {"links": 1}}, "prod": {"B": {"confidence": 0.5}, "write": {"sources": 1}}}
	found := evidence.demands with input as fixtures.writing(object.union(fixtures.at_level(4), lost))
		with data.settings.evidence.required as asked
	count(found) == 3
}

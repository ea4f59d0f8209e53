package sallyport.words_test

import data.sallyport.fixtures
import data.sallyport.words

test_reach if {
	words.reach == "1 object, 2 pods, in 1 namespace" with input as fixtures.write
	words.reach == "1 object, an unknown number of pods, across the cluster" with input as fixtures.writing({"blast": {
		"pods": "unknown",
		"scope": "cluster",
	}})
}

test_act if {
	words.act == "patch of deployments.apps web in namespace shop" with input as fixtures.write
	words.act == "patch of deployments.apps in all namespaces" with input as fixtures.writing({"target": {"name": "*", "namespace": "*"}})
	words.act == "patch of deployments.apps web" with input as fixtures.writing({"target": {"namespace": "none"}})
}

test_long_texts_are_cut if {
	long := concat("", [letter | some _ in numbers.range(1, 300); letter := "a"])
	count(words.clip(long)) == 253
	words.clip("short") == "short"
}

test_long_lists_are_cut if {
	words.listed([]) == "none"
	words.listed(["a", "b"]) == "a, b"
	words.listed(["1", "2", "3", "4", "5", "6"]) == "1, 2, 3, 4, 5, 6"
	words.listed(["1", "2", "3", "4", "5", "6", "7"]) == "1, 2, 3, 4, 5 and 2 more"
}

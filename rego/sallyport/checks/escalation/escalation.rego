# METADATA
# title: Escalation
# description: |
#   That every graph that is named is there and comes to an end: its steps in order, its rounds over before the time to decide is,
#   and no time longer than a held call should wait.
package sallyport.checks.escalation

import data.sallyport.durations
import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `escalation`.
problems := array.flatten([
	places.unknown(["escalation", "environments"], data.settings.escalation.environments),
	[problem |
		some service, places_of in data.settings.escalation.services
		some problem in places.unknown(["escalation", "services", service], places_of)
	],
	[_error(path, $"there is no graph {name}") |
		some path, name in _named
		not data.settings.escalation.graphs[name]
	],
	[problem | some name, graph in data.settings.escalation.graphs; some problem in _endless(name, graph)],
	[problem | some name, graph in data.settings.escalation.graphs; some problem in _longer(name, graph)],
	[problem | some name, graph in data.settings.escalation.graphs; some problem in _powerless(name, graph)],
])

_named[["escalation", "default"]] := data.settings.escalation["default"]

_named[["escalation", "environments", environment, tier]] := name if {
	some environment, tiers in data.settings.escalation.environments
	some tier, name in tiers
}

_named[["escalation", "services", service, environment, tier]] := name if {
	some service, environments in data.settings.escalation.services
	some environment, tiers in environments
	some tier, name in tiers
}

_endless(name, graph) := array.flatten([
	[_error(["escalation", "graphs", name, "steps", index, "after"], "it is due no later than the step before it") |
		some index, step in graph.steps
		index > 0
		durations.seconds(step.after) <= durations.seconds(graph.steps[index - 1].after)
	],
	[_error(["escalation", "graphs", name, "loop_every"], "a round is over before its last step is due") |
		last := graph.steps[count(graph.steps) - 1]
		durations.seconds(graph.loop_every) <= durations.seconds(last.after)
	],
	[_error(["escalation", "graphs", name, "decide_within"], $"it ends before {graph.loops} rounds of {graph.loop_every} are over") |
		durations.seconds(graph.decide_within) <= graph.loops * durations.seconds(graph.loop_every)
	],
])

_longest := {"decide_within": "168h", "run_within": "24h"}

_longer(name, graph) := [_error(["escalation", "graphs", name, limit], $"it is longer than {longest}") |
	some limit, longest in _longest
	durations.seconds(graph[limit]) > durations.seconds(longest)
]

_powerless(name, graph) := [_warning(["escalation", "graphs", name, "steps", index, "ask"], $"{group} may approve nothing by approvers.yaml") |
	some index, step in graph.steps
	some group in step.ask
	not group in _approving
]

_approving := {group | some group in data.settings.approvers["default"]} | {group |
	some groups in data.settings.approvers.environments
	some group in groups
}

_error(path, message) := {"level": "error", "path": path, "message": message}

_warning(path, message) := {"level": "warning", "path": path, "message": message}

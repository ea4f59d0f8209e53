# METADATA
# title: Escalation
# description: |
#   Who is asked about a held call, in which order and how often, and how long people have. A question of its own, with the input
#   that the call was judged by: so what was asked of whom can be told again from the record.
package sallyport.escalation

import data.sallyport.durations
import data.sallyport.environment
import data.sallyport.tier

# METADATA
# title: Graph
# description: |
#   The graph for the services of the target, else for its environment, else the default; durations in seconds. Of several
#   services the one that ends first counts.
# entrypoint: true
graph := {
	"name": name,
	"steps": [_step(step) | some step in _chosen.steps],
	"loops": _chosen.loops,
	"loop_every": durations.seconds(_chosen.loop_every),
	"fallback": _said(_chosen.fallback),
	"decide_within": durations.seconds(_chosen.decide_within),
	"run_within": durations.seconds(_chosen.run_within),
}

_chosen := data.settings.escalation.graphs[name]

# METADATA
# title: Name
# description: Which of the graphs it is.
name := min(_of_services)[2] if {
	count(_of_services) > 0
} else := data.settings.escalation.environments[environment.name][tier.name] if {
	data.settings.escalation.environments[environment.name][tier.name]
} else := data.settings.escalation["default"]

_of_services := {[durations.seconds(entry.decide_within), durations.seconds(entry.run_within), found] |
	some source in ["route", "namespace", "object"]
	service := input.target.labels[source].service
	found := data.settings.escalation.services[service][environment.name][tier.name]
	entry := data.settings.escalation.graphs[found]
}

_step(step) := object.union(_said(step), {"after": durations.seconds(step.after)})

_said(who) := {list: object.get(who, list, []) | some list in ["ask", "tell", "notify"]}

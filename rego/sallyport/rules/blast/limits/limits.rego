# METADATA
# title: Hard limits
# description: Beyond the hard limits of an environment nothing runs, whoever approves.
package sallyport.rules.blast.limits

import data.sallyport.environment
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Hard limits
# description: A number of the blast radius beyond its hard limit, or unknown where there is one, is refused. The smaller limits of tier B are in the tier.
# custom:
#   needs: facts
#   effect: deny
#   classes: [write, delete, unknown]
answer := [] if not _bound

answer := [finding |
	some measure, limit in data.settings.limits.refuse[environment.name]
	not _within(measure, limit)
	finding := {
		"effect": "deny",
		"message": $"the {words.act} reaches {words.measured(measure)}, and nothing beyond {limit} runs in {environment.name}",
		"fix": $"split it into acts that each reach at most {limit}",
	}
] if {
	_bound
}

_bound if {
	data.settings.limits.refuse[environment.name]
	not tier.preview
}

_within(measure, limit) if {
	is_number(input.blast[measure])
	input.blast[measure] <= limit
}

# METADATA
# title: Risk
# description: |
#   What is at stake in a change: the domain of the act itself, of the services that it touches, and of regulated data. Several may
#   be at once; the strictest counts.
package sallyport.risk

import data.sallyport.tier

# METADATA
# title: Concerned
# description: Whether this is a real change; reads and dry runs put nothing at stake.
default concerned := false

concerned if {
	_changing[input.action.class]
	not tier.preview
}

_changing := {"write": true, "delete": true, "connect": true, "credential": true, "authority": true, "unknown": true}

# METADATA
# title: Domains
# description: Every domain that the change is of, with what makes it so, in words.
domains := array.concat([[_own, "what it does"]], array.concat(_regulated, _services))

# The data may say it of a resource, whatever the gate takes it for.
_own := "unknown" if {
	input.action.resource == "unknown"
} else := data.settings.risk.resources[input.action.resource] if {
	data.settings.risk.resources[input.action.resource]
} else := input.action.risk_domain

_regulated := [["compliance", $"the label for regulated data of its {source} is {label}"] |
	some source in ["route", "namespace", "object"]
	label := input.target.labels[source].regulated
	not data.settings.risk.unregulated[label]
]

# A service that could not be looked up may be any of those that are listed.
_services := [[domain, $"service {label}"] |
	count(data.settings.risk.services) > 0
	some source in ["route", "namespace", "object"]
	label := input.target.labels[source].service
	domain := _domain(label)
]

_domain("unknown") := "unknown"

_domain(label) := data.settings.risk.services[label] if label != "unknown"

# METADATA
# title: Weighed
# description: Every domain with the number of people that must look at it; a domain that the data do not list is as good as unknown.
weighed := [[domain[0], domain[1], people] |
	some domain in domains
	people := object.get(data.settings.risk.review, domain[0], data.settings.risk.review.unknown)
]

# METADATA
# title: People for the domains
# description: How many people must look at the change on account of its domains.
for_domains := max([one[2] | some one in weighed])

# METADATA
# title: Escalations
# description: What the change brings about, as the data call it; one name for what they do not list or nobody knows.
escalations := [_named(name) | some name in input.action.change.escalates] if {
	is_array(input.action.change.escalates)
} else := ["unknown"]

_named(name) := name if {
	data.settings.risk.escalations[name]
} else := "unknown"

# METADATA
# title: Can escalate
# description: Whether the act is of a kind that gives power by what it writes or removes.
default can_escalate := false

can_escalate if {
	input.action.class in {"write", "delete"}
	not tier.preview
}

# METADATA
# title: People for the escalations
# description: How many people must approve what the change brings about.
for_escalations := max(array.concat([0], [data.settings.risk.escalations[name].people | some name in escalations]))

# METADATA
# title: Critical
# description: Whether the target is, or may be, a service that others stand on.
critical if {
	some source in ["route", "namespace", "object"]
	not data.settings.risk.tiers.critical[input.target.labels[source].tier] == false
} else := false

# METADATA
# title: Excess
# description: Which limits of critical services the change goes beyond, in words of the blast radius.
excess := [measure |
	some measure, limit in data.settings.risk.tiers.limits
	not _within(measure, limit)
]

_within(measure, limit) if {
	is_number(input.blast[measure])
	input.blast[measure] <= limit
}

# METADATA
# title: Too far for a critical service
# description: The target is critical, and the change deletes or goes beyond the limits.
default too_far := false

too_far if {
	can_escalate
	critical
	input.action.class == "delete"
}

too_far if {
	can_escalate
	critical
	count(excess) > 0
}

# METADATA
# title: People
# description: How many people must approve the change for all of these reasons, at every level that may ask for it.
people := max([_domains_people, _escalations_people, _critical_people])

_domains_people := for_domains if {
	concerned
} else := 0

_escalations_people := for_escalations if {
	can_escalate
} else := 0

_critical_people := data.settings.risk.tiers.people if {
	too_far
} else := 0

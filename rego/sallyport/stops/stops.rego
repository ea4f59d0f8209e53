# METADATA
# title: Stop conditions
# description: |
#   Whether what became of somebody's calls is reason to stop: a question of its own, which the gate asks when something went wrong
#   and not for each call.
# scope: package
# schemas:
#   - input: schema.stops
package sallyport.stops

import data.sallyport.words

# METADATA
# title: Answer
# description: |
#   The conditions that are met, each with what is to be frozen, for how long (minutes, 0: until it is thawed), and the decisions
#   that it rests on; and from which counts on it is worth asking.
# entrypoint: true
answer := {"stops": met, "watch": watch}

# METADATA
# title: Watch
# description: The counts from which on a condition of such a subject may be met, by what it counts.
watch[condition.counts] contains condition.at if {
	some condition in data.settings.stops
	condition.of == input.subject.kind
}

# METADATA
# title: Met
# description: The conditions that are met.
met := [stop |
	some name, condition in data.settings.stops
	condition.of == input.subject.kind
	evidence := _evidence(condition)
	number := _number(condition.counts, evidence)
	number >= condition.at
	stop := {
		"condition": name,
		"message": _message(condition, number),
		"freeze": condition.freeze,
		"minutes": object.get(condition, "minutes", 0),
		"reads": object.get(condition, "reads", false),
		"demote": object.get(condition, "demote", "none"),
		"evidence": evidence,
	}
]

_paces := {"calls", "changes"}

# A pace that is not known is not a number, and so it meets no condition: limits/rate refuses changes then.
_number(counts, evidence) := count(evidence) if {
	not counts in _paces
} else := input.pace[counts] if {
	is_number(input.pace[counts])
}

_evidence(condition) := [input.call.id] if {
	condition.counts in _paces
}

_evidence(condition) := [denial.decision |
	some denial in input.denials
	denial.ago <= condition.within * 60
] if {
	condition.counts == "denials"
}

_evidence(condition) := [change.decision |
	some index, change in input.changes
	change.ago <= condition.within * 60
	_bad(condition.counts, change)
	not _ended(condition, index)
] if {
	condition.counts in {"failures", "verifications", "reverts"}
}

_bad("failures", change) if change.ended == "failed"

_bad("verifications", change) if change.verification == "failed"

_bad("reverts", change) if change.reverted

# Whether the row that this change stood in has ended since.
_ended(condition, index) if {
	object.get(condition, "in_a_row", false)
	_last_good[condition.counts] > index
}

_last_good.failures := max([index | some index, change in input.changes; change.ended == "done"])

_last_good.verifications := max([index | some index, change in input.changes; change.verification == "passed"])

# A change that was made after the last one that was taken back may still be.
_last_good.reverts := max([index |
	some index, change in input.changes
	change.ended == "done"
	not change.reverted
	index < _last_reverted
])

_last_reverted := max([index | some index, change in input.changes; change.reverted])

_message(condition, number) := concat("", [
	format_int(number, 10), " ", _counted[condition.counts], " of ", input.subject.kind, " ", words.clip(input.subject.name),
	_row(condition),
	" within ", _minutes(condition.within), ": ", condition.why,
])

_counted := {
	"failures": "failed changes",
	"verifications": "changes with a failed verification",
	"reverts": "reverted changes",
	"denials": "denied attempts",
	"calls": "calls",
	"changes": "changes",
}

_row(condition) := " in a row" if {
	object.get(condition, "in_a_row", false)
} else := ""

_minutes(number) := "a minute" if {
	number == 1
} else := $"{number} minutes"

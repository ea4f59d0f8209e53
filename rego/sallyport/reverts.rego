# METADATA
# title: Reverts
# description: |
#   Whether this call takes a recorded decision back. The gate makes such calls itself, from its own record and what it kept of the
#   object; nobody can ask for one over the wire, and no claim makes a call one.
package sallyport.reverts

# METADATA
# title: Applies
# description: Both must say so, the decision that is taken back and who calls; what is not known does not.
default applies := false

applies if {
	is_string(input.action.reverts.decision)
	input.action.reverts.by == input.agent.credential
	input.agent.credential in {"operator", "gate"}
}

# METADATA
# title: Concerns
# description: The rules that a revert is judged by. Those that say how far an agent may go by itself, and when, leave it alone.
concerns(entries) := entries if {
	not applies
} else := [entry |
	some entry in entries
	not entry.spares_reverts
]

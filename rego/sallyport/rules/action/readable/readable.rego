# METADATA
# title: Readable
# description: What the judge cannot read does not pass.
package sallyport.rules.action.readable

# METADATA
# title: Readable
# description: |
#   An act of a class that nobody knows is refused, and so is a body that could not be read; one that was too large or too long to
#   hold (streamed) is refused where the act is in the body.
# custom:
#   needs: request
#   effect: deny
#   classes: [sensitive_read, write, delete, connect, credential, authority, unknown]
answer := [] if {
	_known
	_legible
} else := [{
	"effect": "deny",
	"message": $"the body of this {input.action.class} is {input.call.body}, and what cannot be read cannot be judged",
	"fix": "send it as JSON and in one piece",
}] if {
	_known
} else := [{
	"effect": "deny",
	"message": $"nothing is known of what {input.action.name} does",
	"fix": "use a call that the gate can read",
}]

_known if input.action.class in {"sensitive_read", "write", "delete", "connect", "credential", "authority"}

_legible if {
	input.call.body in {"none", "read"}
} else if {
	input.call.body == "streamed"
	input.action.class in {"sensitive_read", "connect"}
}

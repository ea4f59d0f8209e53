# METADATA
# title: Way back
# description: How a change could be undone is said before it runs.
package sallyport.rules.revert.way_back

import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Way back
# description: |
#   Says of every change whether there is a way back where it is not a plain one: that there is none, that nobody knows one, that
#   not all comes back, or that the way back of what is created is to delete it, with what that reaches.
# custom:
#   needs: facts
#   effect: warn
#   classes: [write, delete, connect, credential]
answer := [] if {
	tier.preview
} else := [{"effect": "warn", "message": $"way back: {_says}", "fix": ""}] if {
	_says != ""
} else := []

_says := $"none; what the {words.act} does cannot be undone" if {
	input.action.way_back.how == "none"
} else := $"unknown; take it that what the {words.act} does cannot be undone" if {
	not input.action.way_back.how in {"inverse", "revision", "recreate", "not_needed"}
} else := $"delete it again, which reaches {words.reach}" if {
	input.target.exists == false
	not input.action.class == "delete"
} else := $"{input.action.way_back.how}; not all of what was there comes back" if {
	not input.action.way_back.exact == true
	input.action.way_back.how != "not_needed"
} else := ""

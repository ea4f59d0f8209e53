# METADATA
# title: Change windows
# description: Changes happen inside their windows.
package sallyport.rules.windows.open

import data.sallyport.calendar
import data.sallyport.tier
import data.sallyport.windows
import data.sallyport.words

# METADATA
# title: Change windows
# description: |
#   Outside the windows of its environment and services, an act of tier B or C is denied with the next opening named, or held
#   until then where every calendar that is closed says so.
# custom:
#   needs: facts
#   effect: deny
#   reverts: spared
#   classes: [sensitive_read, write, delete, connect, credential, authority, unknown]
answer := [] if tier.name == "A"

answer := [] if {
	tier.name != "A"
	count(windows.closed) == 0
}

answer := [_finding] if {
	tier.name != "A"
	count(windows.closed) > 0
}

_finding := {
	"effect": "hold",
	"message": $"{_why}; {_next}",
	"fix": "repeat the call when the window is open",
	"holds": [{
		"kind": "window",
		"key": "window",
		"groups": [],
		"quorum": 0,
		"until": concat("", [time.format([windows.opening, "UTC", "2006-01-02T15:04:05"]), "Z"]),
	}],
} if {
	every bound in windows.closed {
		bound.entry.outside == "hold"
	}
} else := {
	"effect": "deny",
	"message": $"{_why}; {_next}",
	"fix": "repeat the call when the window is open, or ask the platform team for a one-off window in windows.yaml",
}

_why := $"the {words.act} is outside the change windows of {concat(" and ", whose)}{_blackout}" if {
	whose := [bound.of | some bound in windows.closed]
}

_blackout := $" ({concat("; ", reasons)})" if {
	reasons := {why |
		some bound in windows.closed
		why := calendar.blackout(bound.entry, windows.now)
		why != ""
	}
	count(reasons) > 0
} else := ""

_next := $"the next one opens {time.format([windows.opening, _zone, "Mon 2006-01-02 15:04"])} ({_zone})" if {
	windows.opening
} else := "no opening is in sight"

_zone := windows.closed[0].entry.weekly[0].zone if {
	windows.closed[0].entry.weekly[0].zone
} else := "UTC"

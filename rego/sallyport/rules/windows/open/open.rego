# METADATA
# title: Change windows
# description: Changes happen inside their windows.
package sallyport.rules.windows.open

import data.sallyport.calendar
import data.sallyport.durations
import data.sallyport.tier
import data.sallyport.windows
import data.sallyport.words

# METADATA
# title: Change windows
# description: |
#   Outside the windows of its environment and services, an act of tier B or C is denied with the next opening named, or held
#   until then where every calendar that is closed says so and lets it wait that long.
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
		"until": concat("", [time.format([_opened, "UTC", "2006-01-02T15:04:05"]), "Z"]),
	}],
} if {
	_waits
	count(_impatient) == 0
} else := {
	"effect": "deny",
	"message": $"{_why}; {_next}, and calls wait {concat(" and ", _impatient)} at most",
	"fix": "repeat the call when the window is open, or ask the platform team for a one-off window in windows.yaml",
} if {
	_waits
	windows.opening
} else := {
	"effect": "deny",
	"message": $"{_why}; {_next}",
	"fix": "repeat the call when the window is open, or ask the platform team for a one-off window in windows.yaml",
}

# In whole seconds, of which it is open in all.
_opened := windows.opening + 999999999

_waits if {
	every bound in windows.closed {
		bound.entry.outside == "hold"
	}
}

# How long those calendars let a call wait that do not let it wait until the opening.
_impatient := {most |
	some bound in windows.closed
	most := object.get(bound.entry, "wait_at_most", _usually)
	not _reaches(most)
}

_reaches(most) if windows.opening - windows.now <= durations.seconds(most) * 1000000000

_usually := object.get(data.settings.windows, "wait_at_most", "168h")

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

# METADATA
# title: Change windows
# description: |
#   When changes may happen: whether the calendars of the target's environment and services are open, and when they next are.
#   Whether a window is open is read off the wall clock of its zone, so summer time needs no arithmetic.
package sallyport.windows

import data.sallyport.calendar
import data.sallyport.environment

# METADATA
# title: Calendars
# description: |
#   The calendars that bind this call, each with whose it is. Where the environment is not established, those of all
#   environments do.
calendars := array.concat(_places, _services)

_environments := [environment.name] if environment.established

_environments := [name | some name, _ in data.settings.environments.names] if not environment.established

_places := [{"of": name, "entry": _entry(name)} | some name in _environments]

_entry(name) := data.settings.windows.environments[name] if {
	data.settings.windows.environments[name]
} else := {} if {
	data.settings.windows["default"] == "open"
} else := {"closed": true}

_services := [{"of": $"{service} in {name}", "entry": _service(name, service)} |
	some name in _environments
	data.settings.windows.services[name]
	some service in {label |
		some source in ["route", "namespace", "object"]
		label := input.target.labels[source].service
	}
	_service(name, service)
]

# A service that could not be looked up may be any of those that have windows of their own.
_service(name, "unknown") := {"closed": true} if count(data.settings.windows.services[name]) > 0

_service(name, service) := data.settings.windows.services[name][service] if service != "unknown"

# METADATA
# title: Closed
# description: The calendars that are closed now.
closed := [bound |
	some bound in calendars
	entry := bound.entry
	not _open(entry)
]

_open(entry) if {
	calendar.timeless(entry)
	endswith(input.call.time, "Z")
}

_open(entry) if {
	not calendar.timeless(entry)
	calendar.open(entry, now)
}

# METADATA
# title: Now
# description: Nanoseconds since the epoch.
now := time.parse_rfc3339_ns(input.call.time)

# METADATA
# title: Next opening
# description: The first instant at which every calendar is open, in nanoseconds since the epoch; undefined where none is in sight.
opening := min(_openings)

_openings := [at |
	some at in _candidates
	at > now
	every bound in calendars {
		calendar.open(bound.entry, at)
	}
]

_candidates := {at |
	some bound in calendars
	some at in calendar.edges(bound.entry, _days)
}

# Windows are looked for from today, and from the day on which each blackout ends.
_days := {now} | {end |
	some bound in calendars
	some end in calendar.blackout_ends(bound.entry)
}

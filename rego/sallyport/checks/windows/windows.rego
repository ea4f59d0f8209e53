# METADATA
# title: Change windows
# description: That windows are of environments that there are, in zones and at times that there are.
package sallyport.checks.windows

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `windows`.
problems := array.flatten([
	places.unknown(["windows", "environments"], data.settings.windows.environments),
	places.unknown(["windows", "services"], data.settings.windows.services),
	[problem | some path, entry in _entries; some problem in _zones(path, entry)],
	[problem | some path, entry in _entries; some problem in _spans(path, entry)],
	[_idle(array.concat(path, ["wait_at_most"])) |
		some path, entry in _entries
		entry.outside == "deny"
		entry.wait_at_most
	],
])

_idle(path) := {"level": "warning", "path": path, "message": "nothing waits where what is outside is denied"}

_entries[path] := entry if {
	some name, entry in data.settings.windows.environments
	path := ["windows", "environments", name]
}

_entries[path] := entry if {
	some name, services in data.settings.windows.services
	some service, entry in services
	path := ["windows", "services", name, service]
}

_zones(path, entry) := [_problem(array.concat(path, ["weekly", index, "zone"]), _nowhere(window)) |
	some index, window in entry.weekly
	not _zoned(window)
]

_zoned(window) if time.format([0, window.zone, "15:04"])

_timed(span, edge) if time.parse_rfc3339_ns(span[edge])

_nowhere(window) := $"there is no time zone {window.zone}"

_spans(path, entry) := array.concat(
	[_problem(array.concat(path, [list, index, edge]), "there is no such time") |
		some list in ["once", "blackouts"]
		some index, span in entry[list]
		some edge in ["start", "end"]
		not _timed(span, edge)
	],
	[_problem(array.concat(path, [list, index, "end"]), "it ends before it starts") |
		some list in ["once", "blackouts"]
		some index, span in entry[list]
		time.parse_rfc3339_ns(span.start) >= time.parse_rfc3339_ns(span.end)
	],
)

_problem(path, message) := {"level": "error", "path": path, "message": message}

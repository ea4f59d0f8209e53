# METADATA
# title: Calendar
# description: One entry of windows.yaml, at an instant (nanoseconds since the epoch).
package sallyport.calendar

# METADATA
# title: Timeless
# description: An entry that is open whatever the time.
timeless(entry) if {
	not entry.closed
	not entry.weekly
	not entry.once
	not entry.blackouts
}

# METADATA
# title: Open
# description: |
#   Inside a window, or without windows, and clear of every blackout. An entry that cannot be read (a zone or a time that does
#   not exist) is closed.
open(entry, at) if {
	not entry.closed
	_inside(entry, at)
	_clear(entry, at)
}

_inside(entry, _) if {
	not entry.weekly
	not entry.once
}

_inside(entry, at) if {
	some window in entry.once
	time.parse_rfc3339_ns(window.start) <= at
	at < time.parse_rfc3339_ns(window.end)
}

_inside(entry, at) if {
	some window in entry.weekly
	[day, clock] := split(time.format([at, window.zone, "Mon 15:04"]), " ")
	_ticks(window, lower(day), clock)
}

_ticks(window, day, clock) if {
	window.from < window.to
	day in window.days
	window.from <= clock
	clock < window.to
}

_ticks(window, day, clock) if {
	window.from >= window.to
	day in window.days
	window.from <= clock
}

_ticks(window, day, clock) if {
	window.from >= window.to
	_eve[day] in window.days
	clock < window.to
}

_eve := {"mon": "sun", "tue": "mon", "wed": "tue", "thu": "wed", "fri": "thu", "sat": "fri", "sun": "sat"}

_clear(entry, _) if not entry.blackouts

_clear(entry, at) if {
	every blackout in entry.blackouts {
		_apart(blackout, at)
	}
}

_apart(blackout, at) if at < time.parse_rfc3339_ns(blackout.start)

_apart(blackout, at) if at >= time.parse_rfc3339_ns(blackout.end)

# METADATA
# title: Blackout now
# description: Why nothing happens at this instant.
blackout(entry, at) := concat("; ", {why |
	some blackout in entry.blackouts
	not _apart(blackout, at)
	why := object.get(blackout, "why", "a blackout")
})

# METADATA
# title: Blackout ends
# description: When the blackouts of an entry end.
blackout_ends(entry) := {time.parse_rfc3339_ns(blackout.end) | some blackout in entry.blackouts}

# METADATA
# title: Edges
# description: The instants at which the entry may open, in the week after each of the given ones.
edges(entry, bases) := ({time.parse_rfc3339_ns(window.start) | some window in entry.once} | blackout_ends(entry)) | {at |
	some window in entry.weekly
	some base in bases
	some days in numbers.range(0, 7)
	date := _date(base, window.zone, days)
	lower(time.format([date, "UTC", "Mon"])) in window.days
	at := _instant(time.format([date, "UTC", "2006-01-02"]), window.from, window.zone)
}

# Midnight, as if the zone were UTC, of the local day so many days later.
_date(base, zone, days) := time.add_date(
	time.parse_rfc3339_ns(concat("", [time.format([base, zone, "2006-01-02"]), "T00:00:00Z"])),
	0, 0, days,
)

_day := 86400000000000

# A local time has one instant, two when clocks go back (the first counts), or none when they go forward (then the later guess).
_instant(date, clock, zone) := min(exact) if {
	exact := _exact(date, clock, zone)
	count(exact) > 0
} else := max(_guesses(date, clock, zone))

_exact(date, clock, zone) := {guess |
	some guess in _guesses(date, clock, zone)
	time.format([guess, zone, "2006-01-02 15:04"]) == concat(" ", [date, clock])
}

_guesses(date, clock, zone) := {naive - _offset(naive - _day, zone), naive - _offset(naive + _day, zone)} if {
	naive := time.parse_rfc3339_ns($"{date}T{clock}:00Z")
}

_offset(at, zone) := time.parse_rfc3339_ns(concat("", [time.format([at, zone, "2006-01-02T15:04:05"]), "Z"])) - at

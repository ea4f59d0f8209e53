package sallyport.calendar_test

import data.sallyport.calendar

berlin(days, from, to) := {"weekly": [{"days": days, "from": from, "to": to, "zone": "Europe/Berlin"}]}

office := berlin(["mon", "tue", "wed", "thu"], "09:00", "17:00")

# Friday night until Saturday morning, and through the hours at which clocks change (Sundays).
night := berlin(["fri", "sat"], "22:00", "04:00")

changing := berlin(["sun"], "02:30", "05:00")

whole := berlin(["sat"], "00:00", "24:00")

tokyo := {"weekly": [{"days": ["mon"], "from": "00:00", "to": "09:00", "zone": "Asia/Tokyo"}]}

twice := {"weekly": array.concat(office.weekly, whole.weekly)}

once := {"once": [{"start": "2026-11-21T20:00:00Z", "end": "2026-11-22T02:00:00+01:00"}]}

blackout := object.union(office, {"blackouts": [{
	"start": "2026-11-23T00:00:00Z",
	"end": "2026-11-25T12:00:00Z",
	"why": "the fair",
}]})

# Entry, time, whether it is open.
cases := [
	[office, "2026-11-19T07:59:59.999Z", false],
	[office, "2026-11-19T08:00:00.000Z", true],
	[office, "2026-11-19T15:59:59.999Z", true],
	[office, "2026-11-19T16:00:00.000Z", false],
	[office, "2026-11-20T10:00:00.000Z", false],
	[office, "2026-07-16T07:00:00.000Z", true],
	[office, "2026-07-16T15:00:00.000Z", false],
	[night, "2026-11-20T20:59:59.000Z", false],
	[night, "2026-11-20T21:00:00.000Z", true],
	[night, "2026-11-21T02:59:59.000Z", true],
	[night, "2026-11-21T03:00:00.000Z", false],
	[night, "2026-11-22T02:00:00.000Z", true],
	[night, "2026-11-22T21:30:00.000Z", false],
	[night, "2026-10-25T02:59:00.000Z", true],
	[night, "2026-10-25T03:00:00.000Z", false],
	[night, "2027-03-28T01:59:00.000Z", true],
	[night, "2027-03-28T02:00:00.000Z", false],
	[changing, "2026-10-25T00:30:00.000Z", true],
	[changing, "2026-10-25T01:10:00.000Z", false],
	[changing, "2026-10-25T01:30:00.000Z", true],
	[changing, "2027-03-28T00:59:59.000Z", false],
	[changing, "2027-03-28T01:00:00.000Z", true],
	[changing, "2027-03-28T03:00:00.000Z", false],
	[whole, "2026-11-20T23:00:00.000Z", true],
	[whole, "2026-11-21T22:59:59.999Z", true],
	[whole, "2026-11-21T23:00:00.000Z", false],
	[tokyo, "2026-11-22T15:00:00.000Z", true],
	[tokyo, "2026-11-23T00:00:00.000Z", false],
	[twice, "2026-11-19T10:00:00.000Z", true],
	[twice, "2026-11-21T10:00:00.000Z", true],
	[once, "2026-11-21T19:59:59.999Z", false],
	[once, "2026-11-21T20:00:00.000Z", true],
	[once, "2026-11-22T01:00:00.000Z", false],
	[blackout, "2026-11-19T10:00:00.000Z", true],
	[blackout, "2026-11-24T10:00:00.000Z", false],
	[blackout, "2026-11-25T12:00:00.000Z", true],
	[{"blackouts": []}, "2026-11-19T10:00:00.000Z", true],
	[{"weekly": []}, "2026-11-19T10:00:00.000Z", false],
	[{"closed": true}, "2026-11-19T10:00:00.000Z", false],
	[{"weekly": [{"days": ["thu"], "from": "00:00", "to": "24:00", "zone": "Europe/Atlantis"}]}, "2026-11-19T10:00:00.000Z", false],
	[{"blackouts": [{"start": "soon", "end": "later"}]}, "2026-11-19T10:00:00.000Z", false],
]

test_open if {
	every case in cases {
		_open(case[0], time.parse_rfc3339_ns(case[1])) == case[2]
	}
}

_open(entry, at) if {
	calendar.open(entry, at)
} else := false

# Entry, time, when it next may open.
openings := [
	[office, "2026-11-19T17:00:00.000Z", "2026-11-23T08:00:00Z"],
	[office, "2026-10-22T17:00:00.000Z", "2026-10-26T08:00:00Z"],
	[office, "2026-10-15T17:00:00.000Z", "2026-10-19T07:00:00Z"],
	[night, "2026-11-20T10:00:00.000Z", "2026-11-20T21:00:00Z"],
	[changing, "2026-10-24T12:00:00.000Z", "2026-10-25T00:30:00Z"],
	[changing, "2027-03-27T12:00:00.000Z", "2027-03-28T01:30:00Z"],
	[tokyo, "2026-11-20T10:00:00.000Z", "2026-11-22T15:00:00Z"],
	[once, "2026-11-20T10:00:00.000Z", "2026-11-21T20:00:00Z"],
]

test_next_edge if {
	every case in openings {
		now := time.parse_rfc3339_ns(case[1])
		next := min([at | some at in calendar.edges(case[0], {now}); at > now])
		time.format(next) == case[2]
	}
}

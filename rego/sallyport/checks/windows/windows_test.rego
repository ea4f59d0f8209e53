package sallyport.checks.windows_test

import data.sallyport.checks.windows

weekly := {"days": ["mon"], "from": "09:00", "to": "17:00", "zone": "Europe/Berlin"}

span := {"start": "2026-12-21T00:00:00Z", "end": "2027-01-04T00:00:00+01:00", "why": "a rest"}

# An entry of staging and of a service there; what is said of each, below its place.
cases := [
	[{"weekly": [weekly], "once": [span], "blackouts": [span]}, []],
	[{"weekly": [weekly, object.union(weekly, {"zone": "Mars/North"})]}, [[["weekly", 1, "zone"], "there is no time zone Mars/North"]]],
	[{"once": [object.union(span, {"start": "2026-02-30T00:00:00Z"})]}, [[["once", 0, "start"], "there is no such time"]]],
	[{"blackouts": [object.union(span, {"end": "2027-13-01T00:00:00Z"})]}, [[["blackouts", 0, "end"], "there is no such time"]]],
	[{"blackouts": [object.union(span, {"end": span.start})]}, [[["blackouts", 0, "end"], "it ends before it starts"]]],
	[{"outside": "hold", "wait_at_most": "2h"}, []],
	[{"outside": "deny", "wait_at_most": "2h"}, [[["wait_at_most"], "nothing waits where what is outside is denied"]]],
]

test_windows_can_be_read if {
	windows.problems == []
	every case in cases {
		of_place := windows.problems with data.settings.windows.environments as {"staging": case[0]}
		[[array.slice(one.path, 3, 6), one.message] | some one in of_place] == case[1]
		of_service := windows.problems with data.settings.windows.services as {"staging": {"web": case[0]}}
		[[array.slice(one.path, 4, 7), one.message] | some one in of_service] == case[1]
	}
}

test_windows_are_of_environments if {
	found := windows.problems with data.settings.windows.services as {"mars": {"web": {}}}
	{problem.path | some problem in found} == {["windows", "services", "mars"]}
	others := windows.problems with data.settings.windows.environments as {"mars": {}}
	{problem.path | some problem in others} == {["windows", "environments", "mars"]}
}

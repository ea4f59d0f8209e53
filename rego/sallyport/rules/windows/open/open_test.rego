package sallyport.rules.windows.open_test

import data.sallyport.fixtures
import data.sallyport.rules.windows.open

office := {"weekly": [{"days": ["mon", "tue", "wed", "thu"], "from": "09:00", "to": "17:00", "zone": "Europe/Berlin"}]}

# The fixtures' clock shows a Friday.
staging(entry) := {"default": "open", "environments": {"staging": object.union(office, entry)}, "services": {}}

act := "the patch of deployments.apps web in namespace shop is outside the change windows of staging"

test_everything_is_open_as_shipped if {
	open.answer == [] with input as fixtures.write
	open.answer == [] with input as fixtures.writing(fixtures.there("prod"))
}

test_change_outside_a_window_is_denied_with_the_next_opening if {
	found := open.answer with input as fixtures.write with data.settings.windows as staging({"outside": "deny"})
	found == [{
		"effect": "deny",
		"message": concat("", [act, "; the next one opens Mon 2026-11-23 09:00 (Europe/Berlin)"]),
		"fix": "repeat the call when the window is open, or ask the platform team for a one-off window in windows.yaml",
	}]
}

test_change_outside_a_window_is_held_where_the_data_say_so if {
	found := open.answer with input as fixtures.write with data.settings.windows as staging({"outside": "hold"})
	found == [{
		"effect": "hold",
		"message": concat("", [act, "; the next one opens Mon 2026-11-23 09:00 (Europe/Berlin)"]),
		"fix": "repeat the call when the window is open",
		"holds": [{"kind": "window", "key": "window", "groups": [], "quorum": 0, "until": "2026-11-23T08:00:00Z"}],
	}]
}

test_blackout_is_named_and_outlasted if {
	fair := {"outside": "deny", "blackouts": [{"start": "2026-11-20T00:00:00Z", "end": "2026-12-07T00:00:00Z", "why": "the fair"}]}
	found := open.answer with input as fixtures.write with data.settings.windows as staging(fair)
	found[0].message == concat("", [act, " (the fair); the next one opens Mon 2026-12-07 09:00 (Europe/Berlin)"])
}

test_blackout_without_windows_ends_in_utc if {
	fair := {"default": "open", "services": {}, "environments": {"staging": {"outside": "hold", "blackouts": [{
		"start": "2026-11-20T00:00:00Z",
		"end": "2026-11-21T06:00:00Z",
	}]}}}
	found := open.answer with input as fixtures.write with data.settings.windows as fair
	found[0].message == concat("", [act, " (a blackout); the next one opens Sat 2026-11-21 06:00 (UTC)"])
	found[0].holds[0].until == "2026-11-21T06:00:00Z"
}

# From Friday, 10:15:30 UTC, to Monday, 8:00 UTC.
test_call_is_held_as_long_as_it_may_wait if {
	exactly := {"outside": "hold", "wait_at_most": "251070s"}
	held := open.answer with input as fixtures.writing({"call": {"time": "2026-11-20T10:15:30Z"}}) with data.settings.windows as staging(exactly)
	held[0].effect == "hold"
	denied := open.answer with input as fixtures.writing({"call": {"time": "2026-11-20T10:15:29Z"}}) with data.settings.windows as staging(exactly)
	denied == [{
		"effect": "deny",
		"message": concat("", [act, "; the next one opens Mon 2026-11-23 09:00 (Europe/Berlin), and calls wait 251070s at most"]),
		"fix": "repeat the call when the window is open, or ask the platform team for a one-off window in windows.yaml",
	}]
}

test_what_the_entry_does_not_say_of_waiting_is_said_for_all if {
	impatient := object.union(staging({"outside": "hold"}), {"wait_at_most": "24h"})
	denied := open.answer with input as fixtures.write with data.settings.windows as impatient
	denied[0].message == concat("", [act, "; the next one opens Mon 2026-11-23 09:00 (Europe/Berlin), and calls wait 24h at most"])
	patient := object.union(staging({"outside": "hold", "wait_at_most": "72h"}), {"wait_at_most": "24h"})
	held := open.answer with input as fixtures.write with data.settings.windows as patient
	held[0].effect == "hold"
}

test_window_is_open_when_the_wait_is_over if {
	entry := {"outside": "hold", "once": [{"start": "2026-11-20T12:00:00.5Z", "end": "2026-11-20T13:00:00Z"}]}
	once := {"default": "open", "environments": {"staging": entry}, "services": {}}
	held := open.answer with input as fixtures.write with data.settings.windows as once
	held[0].holds[0].until == "2026-11-20T12:00:01Z"
	open.answer == [] with input as fixtures.writing({"call": {"time": "2026-11-20T12:00:01Z"}}) with data.settings.windows as once
}

test_every_closed_calendar_must_let_it_wait if {
	service := {"web": object.union(office, {"outside": "hold", "wait_at_most": "1h"})}
	both := object.union(staging({"outside": "hold"}), {"services": {"staging": service}})
	denied := open.answer with input as fixtures.writing({"target": {"labels": {"object": {"service": "web"}}}}) with data.settings.windows as both
	denied[0].effect == "deny"
	contains(denied[0].message, "and calls wait 1h at most")
}

test_held_call_without_an_opening_is_denied if {
	never := {"default": "open", "services": {}, "environments": {"staging": {"outside": "hold", "weekly": []}}}
	found := open.answer with input as fixtures.write with data.settings.windows as never
	found == [{
		"effect": "deny",
		"message": concat("", [act, "; no opening is in sight"]),
		"fix": "repeat the call when the window is open, or ask the platform team for a one-off window in windows.yaml",
	}]
}

test_time_that_is_not_known_is_denied if {
	found := open.answer with input as fixtures.writing({"call": {"time": "unknown"}}) with data.settings.windows as staging({"outside": "hold"})
	found[0].effect == "deny"
	found[0].message == concat("", [act, "; no opening is in sight"])
}

test_reads_and_dry_runs_are_not_bound if {
	open.answer == [] with input as fixtures.read with data.settings.windows as staging({"outside": "deny"})
	open.answer == [] with input as fixtures.writing({"action": {"dry_run": true}}) with data.settings.windows as staging({"outside": "deny"})
}

package sallyport.windows_test

import data.sallyport.fixtures
import data.sallyport.windows

settings(environments, services) := {"default": "closed", "environments": environments, "services": services}

entry(from, to) := {"outside": "deny", "weekly": [{"days": ["fri"], "from": from, "to": to, "zone": "UTC"}]}

serving(service) := fixtures.writing({"target": {"labels": {"object": {"service": service}}}})

names(found) := [bound.of | some bound in found]

test_environment_without_an_entry_follows_the_default if {
	names(windows.closed) == ["staging"] with input as fixtures.write with data.settings.windows as settings({}, {})
	opened := object.union(settings({}, {}), {"default": "open"})
	windows.closed == [] with input as fixtures.write with data.settings.windows as opened
}

test_environment_and_service_must_both_be_open if {
	both := settings({"staging": entry("10:00", "12:00")}, {"staging": {"web": entry("11:00", "13:00")}})
	names(windows.closed) == [] with input as serving("cart") with data.settings.windows as both
	names(windows.closed) == ["web in staging"] with input as serving("web") with data.settings.windows as both
	opening := windows.opening with input as serving("web") with data.settings.windows as both
	time.format(opening) == "2026-11-20T11:00:00Z"
}

test_service_that_is_not_known_may_be_one_with_windows if {
	both := settings({"staging": {}}, {"staging": {"web": {}}})
	names(windows.closed) == ["unknown in staging"] with input as serving("unknown") with data.settings.windows as both
	none := settings({"staging": {}}, {"staging": {}})
	names(windows.closed) == [] with input as serving("unknown") with data.settings.windows as none
}

test_every_environment_must_be_open_where_none_is_established if {
	unread := fixtures.writing({"target": {"labels": {"object": {"environment": "unknown"}}}})
	mixed := settings({"staging": {}, "prod": {}, "test": {}, "dev": entry("11:00", "12:00")}, {})
	names(windows.closed) == ["dev"] with input as unread with data.settings.windows as mixed
}

test_time_that_is_not_known_is_closed if {
	unread := fixtures.writing({"call": {"time": "unknown"}})
	names(windows.closed) == ["staging"] with input as unread
	names(windows.closed) == ["staging"] with input as unread with data.settings.windows as settings({"staging": entry("00:00", "24:00")}, {})
}

package sallyport.rules.freeze.active_test

import data.sallyport.fixtures
import data.sallyport.rules.freeze.active

freeze(scope) := {"id": "f1", "scope": scope, "reads": false, "by": "ana", "why": "incident 7", "until": "2026-11-21T00:00:00.000Z"}

frozen(freezes) := {"state": {"freezes": freezes}}

unread := {"target": {"labels": {"object": fixtures.unread}}}

# Scope of the freeze, what else is changed, whether it covers a change in staging.
cases := [
	[{"everything": true}, {}, true],
	[{"route": "staging"}, {}, true],
	[{"route": "prod"}, {}, false],
	[{"route": "prod"}, {"target": {"route": "unknown"}}, true],
	[{"agent": "bot"}, {}, true],
	[{"agent": "other"}, {}, false],
	[{"environment": "staging"}, {}, true],
	[{"environment": "stage"}, {}, true],
	[{"environment": "prod"}, {}, false],
	[{"environment": "elsewhere"}, {}, false],
	[{"environment": "elsewhere"}, fixtures.there("prod"), true],
	[{"environment": "dev"}, unread, true],
	[{"service": "web"}, {}, false],
	[{"service": "web"}, {"target": {"labels": {"object": {"service": "web"}}}}, true],
	[{"service": "web"}, unread, true],
	[{"team": "shop"}, {}, false],
	[{"team": "shop"}, {"target": {"labels": {"namespace": {"team": "shop"}}}}, true],
	[{"team": "shop"}, {"target": {"labels": {"namespace": {"team": "search"}, "object": {"team": "shop"}}}}, true],
	[{"team": "shop"}, {"target": {"labels": {"namespace": {"team": "search"}}}}, false],
	[{"team": "shop"}, unread, true],
	[{"runbook": "restart-stateless"}, {}, false],
	[{"runbook": "restart-stateless"}, {"claims": {"runbook": "restart-stateless"}}, true],
	[{"runbook": "restart-stateless"}, {"claims": {"runbook": "scale-within-limits"}}, false],
	[{"runbook": 7}, {}, true],
	[{"phase": "of the moon"}, {}, true],
	[{}, {}, true],
]

test_what_a_freeze_covers if {
	every case in cases {
		found := active.answer with input as fixtures.writing(object.union(frozen([freeze(case[0])]), case[1]))
		count(found) == 1 == case[2]
	}
}

test_whole_finding if {
	found := active.answer with input as fixtures.writing(frozen([freeze({"environment": "staging"})]))
	found == [{
		"effect": "deny",
		"message": "environment staging is frozen by ana: incident 7",
		"fix": "wait until 2026-11-21T00:00:00.000Z, or ask an operator to thaw it",
	}]
}

# As the gate puts it.
test_finding_about_a_scope_with_its_kind if {
	unending := {"until": "unknown"}
	one := object.union(freeze({"kind": "environment", "environment": "stage"}), unending)
	all := object.union(freeze({"kind": "everything"}), unending)
	found := active.answer with input as fixtures.writing(frozen([one, all]))
	[[finding.message, finding.fix] | some finding in found] == [
		["environment stage is frozen by ana: incident 7", "ask an operator to thaw it"],
		["everything is frozen by ana: incident 7", "ask an operator to thaw it"],
	]
}

test_finding_without_particulars if {
	found := active.answer with input as fixtures.writing(frozen([{"id": "f1", "scope": {"everything": true}, "reads": false, "why": ""}]))
	found == [{
		"effect": "deny",
		"message": "everything is frozen by an operator: no reason given",
		"fix": "ask an operator to thaw it",
	}]
}

test_reads_pass_unless_the_freeze_says_otherwise if {
	active.answer == [] with input as fixtures.reading(frozen([freeze({"everything": true})]))
	hard := object.union(freeze({"everything": true}), {"reads": true})
	found := active.answer with input as fixtures.reading(frozen([hard]))
	count(found) == 1
}

test_dry_run_is_no_read if {
	found := active.answer with input as fixtures.writing(object.union(
		frozen([freeze({"everything": true})]),
		{"action": {"dry_run": true}},
	))
	count(found) == 1
}

test_no_freeze_no_finding if {
	active.answer == [] with input as fixtures.write
}

# What must hold of the data, shipped or edited, for the verdicts to stay ordered.
package sallyport.settings_test

environments := data.settings.environments

limits := data.settings.limits

test_undeclared_environment_is_the_strictest_and_production if {
	strictest := max([entry.strictness | some entry in environments.names])
	environments.names[environments.undeclared] == {"strictness": strictest, "production": true}
}

test_no_two_environments_are_equally_strict if {
	count({entry.strictness | some entry in environments.names}) == count(environments.names)
}

test_production_is_stricter_than_everything_else if {
	every entry in environments.names {
		every other in environments.names {
			not inverted(entry, other)
		}
	}
}

inverted(entry, other) if {
	entry.production
	not other.production
	entry.strictness < other.strictness
}

test_aliases_name_environments if {
	every alias, name in environments.aliases {
		environments.names[name]
		not environments.names[alias]
	}
}

test_reserved_words_are_no_environments if {
	every word in ["none", "unknown", "*"] {
		not environments.names[word]
		not environments.aliases[word]
	}
}

test_every_environment_has_limits_for_tier_b if {
	every name, _ in environments.names {
		object.keys(limits.tier_b[name]) == {"objects", "namespaces", "replicas", "pods", "share", "open"}
	}
}

test_stricter_environments_have_no_wider_limits if {
	every name, entry in environments.names {
		every other, looser in environments.names {
			not wider(name, entry, other, looser)
		}
	}
}

wider(name, entry, other, looser) if {
	entry.strictness > looser.strictness
	some measure, limit in limits.tier_b[name]
	limit > limits.tier_b[other][measure]
}

wider(name, entry, other, looser) if {
	entry.strictness > looser.strictness
	some measure, limit in limits.refuse[other]
	not within(name, measure, limit)
}

within(name, measure, limit) if limits.refuse[name][measure] <= limit

test_limits_on_many_changes_are_understood if {
	every place, entry in limits.rate {
		environments.names[place]
		object.keys(entry) - {"changes", "calls", "agent", "service", "intent"} == set()
	}
	every place, entry in limits.attempts {
		environments.names[place]
		object.keys(entry) - {"denied", "repeats", "failures"} == set()
		object.get(entry, "repeats", 0) <= 50
	}
	every kind, budgets in limits.hourly {
		kind in {"agent", "service", "intent"}
		every place, entry in budgets {
			environments.names[place]
			object.keys(entry) - {"changes", "objects", "pods", "share"} == set()
		}
	}
}

test_stricter_environments_have_no_wider_limits_on_many_changes if {
	every table in array.concat([limits.rate, limits.attempts], [budgets | some budgets in limits.hourly]) {
		every place, entry in table {
			every other, _ in environments.names {
				not widened(table, place, entry, other)
			}
		}
	}
}

widened(table, place, entry, other) if {
	environments.names[place].strictness < environments.names[other].strictness
	some measure, limit in entry
	not table[other][measure] <= limit
}

test_every_level_has_every_column if {
	object.keys(data.settings.levels) == {"0", "1", "2", "3", "4", "5"}
	every level in data.settings.levels {
		object.keys(level.cells) == {"telemetry", "read", "b", "b_production", "c", "c_production"}
	}
}

test_every_condition_has_an_alternative if {
	every level in data.settings.levels {
		every cell in level.cells {
			sound(cell)
		}
	}
}

sound(cell) if cell == {"do": "advise"}

sound(cell) if {
	cell.do == "allow"
	not cell.obligations
}

sound(cell) if {
	cell.do == "hold"
	cell.people >= 1
}

sound(cell) if {
	cell.do in {"allow", "by-runbook"}
	cell["else"].do == "hold"
	cell["else"].people >= 1
}

test_groups_of_approvers_are_named if {
	count(data.settings.approvers["default"]) > 0
	every name, groups in data.settings.approvers.environments {
		environments.names[name]
		count(groups) > 0
	}
}

test_windows_are_of_environments_and_readable if {
	data.settings.windows["default"] in {"open", "closed"}
	every name, entry in data.settings.windows.environments {
		environments.names[name]
		entry.outside in {"deny", "hold"}
	}
	every entry in data.settings.windows.environments {
		every window in object.get(entry, "weekly", []) {
			time.format([0, window.zone, "15:04"])
			regex.match(`^([01]\d|2[0-3]):[0-5]\d$`, window.from)
			regex.match(`^(([01]\d|2[0-3]):[0-5]\d|24:00)$`, window.to)
			every day in window.days {
				day in {"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
			}
		}
		every span in array.concat(object.get(entry, "once", []), object.get(entry, "blackouts", [])) {
			time.parse_rfc3339_ns(span.start) < time.parse_rfc3339_ns(span.end)
		}
	}
}

test_runbooks_are_complete if {
	every runbook in data.settings.runbooks {
		object.keys(runbook) == {"owner", "version", "review_by", "class", "environments", "actions", "limits"}
		runbook.class in {"safe", "semi-safe", "human-only"}
		regex.match(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`, runbook.review_by)
	}
}

test_what_is_unknown_is_at_stake_as_much_as_anything if {
	every people in data.settings.risk.review {
		people <= data.settings.risk.review.unknown
	}
	every name in ["security", "authentication", "billing", "data-integrity", "compliance"] {
		data.settings.risk.review[name] >= 2
	}
}

test_what_cannot_be_compared_is_as_grave_as_anything if {
	unknown := data.settings.risk.escalations.unknown
	every escalation in data.settings.risk.escalations {
		escalation.people <= unknown.people
		not graver(escalation, unknown)
		is_string(escalation.means)
	}
}

graver(escalation, unknown) if {
	escalation.deny == true
	not unknown.deny == true
}

test_what_is_harmless_asks_nobody if {
	every name, harmless in data.settings.tiers.harmless {
		harmless == true
		data.settings.risk.escalations[name].people == 0
	}
}

test_named_domains_are_weighed if {
	every domain in data.settings.risk.services {
		data.settings.risk.review[domain] >= 0
	}
	every domain in data.settings.risk.resources {
		data.settings.risk.review[domain] >= 0
	}
}

test_unread_labels_are_the_worst_they_could_be if {
	not data.settings.risk.unregulated.unknown
	not data.settings.risk.tiers.critical.unknown == false
	data.settings.risk.tiers.people >= 1
	every measure, limit in data.settings.risk.tiers.limits {
		measure in {"objects", "namespaces", "replicas", "pods", "share"}
		is_number(limit)
	}
}

test_dry_runs_are_of_environments if {
	every list in [data.settings.dry_run.as_dry_run, data.settings.dry_run.first] {
		every name, _ in list {
			environments.names[name]
		}
	}
}

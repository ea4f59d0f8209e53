package sallyport.rules.risk.review_test

import data.sallyport.fixtures
import data.sallyport.rules.risk.review

of(domain) := {"action": {"risk_domain": domain}}

people(quorum) := {"kind": "people", "key": "people", "groups": ["platform"], "quorum": quorum, "until": ""}

service(name) := fixtures.writing({"target": {"labels": {"object": {"service": name}}}})

rollout(domain) := fixtures.writing({"action": {"risk_domain": domain, "resource": "rollouts.argoproj.io"}})

regulated(label) := {"target": {"labels": {"namespace": {"regulated": label}}}}

test_ordinary_changes_need_no_review if {
	every domain in ["configuration", "availability", "performance", "access"] {
		review.answer == [] with input as fixtures.writing(of(domain))
	}
}

test_what_is_always_reviewed if {
	every domain in ["security", "authentication", "billing", "data-integrity", "compliance"] {
		found := review.answer with input as fixtures.writing(of(domain))
		found == [{
			"effect": "hold",
			"message": concat("", [
				"the patch of deployments.apps web in namespace shop is a matter of ", domain,
				" (what it does), which people look at whatever the agent's level",
			]),
			"fix": "ask 2 people of platform to approve it",
			"holds": [people(2)],
		}]
	}
}

test_every_change_may_be_reviewed if {
	every class in ["write", "delete", "connect", "credential"] {
		found := review.answer with input as fixtures.writing({"action": {"class": class, "risk_domain": "security"}})
		found[0].holds == [people(2)]
	}
}

test_reads_and_dry_runs_are_not if {
	review.answer == [] with input as fixtures.reading(of("security"))
	review.answer == [] with input as fixtures.writing({"action": {"risk_domain": "security", "dry_run": true}})
	review.answer == [] with input as fixtures.reading({"action": {"class": "sensitive_read", "risk_domain": "security"}})
}

test_what_is_not_known_is_reviewed if {
	found := review.answer with input as fixtures.writing(of("unknown"))
	found[0].holds == [people(2)]
	contains(found[0].message, "is a matter of nobody knows what (what it does)")
	other := review.answer with input as fixtures.writing(of("astrology"))
	other[0].holds == [people(2)]
}

test_data_name_the_domain_of_resources if {
	named := object.union(data.settings.risk, {"resources": {"rollouts.argoproj.io": "configuration", "deployments.apps": "security"}})
	review.answer == [] with input as rollout("unknown") with data.settings.risk as named
	review.answer == [] with input as rollout("security") with data.settings.risk as named
	found := review.answer with input as fixtures.writing(of("configuration")) with data.settings.risk as named
	found[0].holds == [people(2)]
	nameless := fixtures.writing({"action": {"resource": "unknown"}})
	unread := review.answer with input as nameless with data.settings.risk as named
	unread[0].holds == [people(2)]
}

test_regulated_data_are_reviewed if {
	every label in ["pci", "true", "unknown"] {
		found := review.answer with input as fixtures.writing(regulated(label))
		found[0].holds == [people(2)]
		contains(found[0].message, concat("", ["compliance (the label for regulated data of its namespace is ", label, ")"]))
	}
	every label in ["none", "false", "no"] {
		review.answer == [] with input as fixtures.writing(regulated(label))
	}
}

test_services_have_domains_of_their_own if {
	named := object.union(data.settings.risk, {"services": {"invoices": "billing"}})
	found := review.answer with input as service("invoices") with data.settings.risk as named
	found[0].holds == [people(2)]
	contains(found[0].message, "is a matter of billing (service invoices),")
	unread := review.answer with input as service("unknown") with data.settings.risk as named
	unread[0].holds == [people(2)]
	review.answer == [] with input as service("web") with data.settings.risk as named
	review.answer == [] with input as service("unknown")
}

test_the_most_people_count if {
	weights := object.union(data.settings.risk, {"review": {"compliance": 3, "unknown": 3}})
	found := review.answer with input as fixtures.writing(object.union(of("security"), regulated("pci")))
		with data.settings.risk as weights
	found[0].holds == [people(3)]
	contains(found[0].message, "is a matter of compliance (")
	contains(found[0].message, ") and of security (what it does),")
}

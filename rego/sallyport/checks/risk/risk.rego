# METADATA
# title: Risk
# description: That what is not known weighs as much as anything else, and that named domains are weighed.
package sallyport.checks.risk

# METADATA
# title: Problems
# description: What is wrong with `risk`.
problems := array.flatten([_outweighed, _light, _stray, _graver, _refused])

_risk := data.settings.risk

_outweighed := [_problem(["review", domain], $"{domain} asks for more people than unknown, which may be that") |
	some domain, people in _risk.review
	people > _risk.review.unknown
]

_light := [_problem(["review", domain], $"2 people at least must look at changes of {domain}") |
	some domain in ["security", "authentication", "billing", "data-integrity", "compliance"]
	not _weighs(domain, 2)
]

_stray := [_problem([list, name], $"{domain} is not a domain of risk.review") |
	some list in ["services", "resources"]
	some name, domain in _risk[list]
	not _weighs(domain, 0)
]

_weighs(domain, people) if _risk.review[domain] >= people

_graver := [_problem(["escalations", name, "people"], $"{name} asks for more people than unknown, which may be that") |
	some name, escalation in _risk.escalations
	escalation.people > _risk.escalations.unknown.people
]

_refused := [_problem(["escalations", name, "deny"], $"{name} is denied and unknown, which may be that, is not") |
	some name, escalation in _risk.escalations
	escalation.deny == true
	not _risk.escalations.unknown.deny == true
]

_problem(path, message) := {"level": "error", "path": array.concat(["risk"], path), "message": message}

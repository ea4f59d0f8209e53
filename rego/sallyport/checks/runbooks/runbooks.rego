# METADATA
# title: Runbooks
# description: That runbooks are for environments that there are, due at a time that there is, and name what is known.
package sallyport.checks.runbooks

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `runbooks`.
problems := array.concat(
	[problem |
		some name, runbook in data.settings.runbooks
		some problem in places.unknown(["runbooks", name, "environments"], runbook.environments)
	],
	array.concat(_undated, _unheard),
)

_undated := [_problem([name, "review_by"], "there is no such time") |
	some name, runbook in data.settings.runbooks
	not _dated(runbook)
]

_dated(runbook) if time.parse_rfc3339_ns(runbook.review_by)

_unheard := [_problem([name, "actions", action, "brings", index], _unlisted(brought)) |
	some name, runbook in data.settings.runbooks
	some action, allowed in runbook.actions
	some index, brought in allowed.brings
	not data.settings.risk.escalations[brought]
]

_unlisted(brought) := $"{brought} is not listed in risk.escalations"

_problem(path, message) := {"level": "error", "path": array.concat(["runbooks"], path), "message": message}

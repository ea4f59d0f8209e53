# METADATA
# title: Level
# description: What the level table says of this act.
package sallyport.level

import data.sallyport.approvers
import data.sallyport.environment
import data.sallyport.owners
import data.sallyport.risk
import data.sallyport.runbooks
import data.sallyport.tier
import data.sallyport.words

# METADATA
# title: Effective level
# description: |
#   The lowest of the agent's level and every narrowing that applies. A narrowing of an environment applies there and in every
#   stricter one; what cannot be looked up is taken to be where the narrowing applies.
effective := input.agent.level if {
	count(input.agent.narrowed) == 0
} else := min(array.concat([input.agent.level], _narrowed))

_narrowed := [narrowing.level |
	some narrowing in input.agent.narrowed
	not _spared(narrowing)
]

_spared(narrowing) if {
	environment.strictness(environment.declared(narrowing.environment)) > environment.strictness(environment.name)
}

_spared(narrowing) if owners.is_not("service", narrowing.service)

# METADATA
# title: Column
# description: The column of the level table that this act is judged by.
column := "read" if {
	tier.preview
} else := data.settings.tiers.reads[input.action.class] if {
	tier.name == "A"
} else := _column[tier.name][environment.production]

_column := {
	"B": {true: "b_production", false: "b"},
	"C": {true: "c_production", false: "c"},
}

# METADATA
# title: Title
# description: The level with its name, e.g. `level 2 (assisted)`.
title(level) := $"level {level} ({data.settings.levels[format_int(level, 10)].title})"

# METADATA
# title: Outcome at a level
# description: |
#   The cell of the table with everything that it depends on settled: `do` is allow, hold or advise. Where no runbook covers the
#   act, or the gate cannot discharge an obligation here, it is the cell under `else`.
at(level) := _settled(data.settings.levels[format_int(level, 10)].cells[column])

_settled(cell) := cell if {
	cell.do != "by-runbook"
	_dischargeable(cell)
} else := {"do": "allow", "obligations": object.get(cell, "obligations", {}), "by": "runbook"} if {
	cell.do == "by-runbook"
	_dischargeable(cell)
	_returns(cell)
	runbooks.covered
} else := cell.else

_dischargeable(cell) if {
	not cell.obligations
} else if {
	every name, _ in cell.obligations {
		name in input.state.can
	}
}

_returns(cell) if {
	not cell.way_back
} else if {
	cell.way_back == true
	tier.reversible
}

# METADATA
# title: Findings
# description: The findings of the level table for this act.
findings := [{"effect": "grant", "message": $"{_mine} may do this: {_what}", "fix": "", "obligations": obligations(_cell)}] if {
	_cell.do == "allow"
} else := [
	{"effect": "grant", "message": $"{_mine} may do this with approval", "fix": "", "obligations": []},
	{
		"effect": "hold",
		"message": $"{_mine} needs the approval of {approvers.needed(_cell.people)} for the {words.act}: {_what}{_because}{_uncovered}",
		"fix": $"ask {approvers.listed} to approve it{_escalation}",
		"holds": [approvers.hold(_cell.people)],
		"obligations": obligations(_cell),
	},
] if {
	_cell.do == "hold"
} else := [{
	"effect": "deny",
	"message": $"{_mine} may not do the {words.act}: {_what}, reaching {words.reach}{_because}",
	"fix": _fix,
	"advice": advice,
}] if {
	_cell.do == "advise"
} else := [{
	"effect": "deny",
	"message": $"the level table has no answer for level {input.agent.level} and this act",
	"fix": "have the policy's levels.yaml corrected",
}]

_cell := at(effective)

# METADATA
# title: Alone
# description: Whether the level table would let this act run without asking anybody.
default alone := false

alone if _cell.do == "allow"

# METADATA
# title: Instead
# description: The cell that would hold where nothing covers the act, or nothing of its own where the table has none.
default instead := {}

instead := data.settings.levels[format_int(effective, 10)].cells[column]["else"]

_mine := title(effective) if {
	effective == input.agent.level
} else := $"{title(effective)}, to which this agent's level {input.agent.level} is narrowed here,"

_what := $"a dry run of a {input.action.class}" if {
	tier.preview
} else := $"a {input.action.class} (tier A)" if {
	tier.name == "A"
} else := $"a {input.action.class} of tier {tier.name} in {environment.name}{_under}"

_because := $" ({concat("; ", tier.obstacles)})" if {
	tier.name == "C"
} else := ""

# What a runbook has to do with it is said only where the table leaves it to one.
_by_runbook if data.settings.levels[format_int(effective, 10)].cells[column].do == "by-runbook"

_under := runbooks.under if {
	_cell.by == "runbook"
} else := ""

_uncovered := runbooks.uncovered if {
	_by_runbook
} else := ""

_escalation := runbooks.escalation if {
	_by_runbook
} else := ""

_fix := $"{title(advice.level)} could do it" if {
	advice.outcome == "allow"
} else := $"{title(advice.level)} could do it with the approval of {approvers.needed(advice.holds[0].quorum)}" if {
	advice.outcome == "hold"
} else := "no level may do this"

# METADATA
# title: Advice
# description: What would be at the lowest level that would not merely advise; null where there is none.
advice := {"level": level, "outcome": cell.do, "holds": _holds(cell), "obligations": obligations(cell)} if {
	level := _willing[0]
	cell := _reviewed(at(level))
} else := null

# What is at stake may take more people than the table asks for.
_reviewed(cell) := cell if {
	risk.people == 0
} else := object.union(cell, {"do": "hold", "people": max([object.get(cell, "people", 0), risk.people])})

_willing := [level |
	some level in numbers.range(effective, count(data.settings.levels) - 1)
	at(level).do in {"allow", "hold"}
]

_holds(cell) := [approvers.hold(cell.people)] if {
	cell.do == "hold"
} else := []

# METADATA
# title: Obligations of a cell
# description: As the verdict lists them.
obligations(cell) := [{"name": name, "params": params} | some name, params in cell.obligations]

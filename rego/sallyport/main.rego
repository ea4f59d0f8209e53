# METADATA
# title: Sallyport
# description: |
#   The one question that the gate asks: what is to become of this call? Every rule that the manifest lists for the pass and the
#   class of the act gives an array of findings; this file combines them. It names no rule: a rule is added by adding its file.
#
#   Pass `request` runs the rules that need no facts and can only deny: its `allow` means that the call may go on to be measured.
#   Pass `facts` runs every rule and decides: a denial or the want of a grant denies, an unsatisfied hold holds, the rest is allowed.
# schemas:
#   - input: schema.input
# scope: subpackages
package sallyport

import data.sallyport.environment
import data.sallyport.findings
import data.sallyport.tier

# METADATA
# title: Decision
# description: The verdict. Where it cannot be put together, it is a denial.
# entrypoint: true
default decision := {
	"outcome": "deny",
	"tier": "C",
	"environment": "unknown",
	"reasons": [{
		"rule": "main/broken",
		"message": "the policy could not judge this call",
		"fix": "have the bundle and its data corrected",
	}],
	"warnings": [],
	"holds": [],
	"obligations": [],
	"advice": null,
}

decision := {
	"outcome": outcome,
	"tier": tier.name,
	"environment": environment.name,
	"reasons": reasons,
	"warnings": warnings,
	"holds": holds,
	"obligations": obligations,
	"advice": advice,
} if {
	is_array(findings.entries)
}

# METADATA
# title: Outcome
# description: Any denial, or no grant, denies; else any hold holds; else it is allowed.
outcome := "deny" if {
	count(findings.faults) + count(_denials) > 0
} else := "allow" if {
	input.call.pass == "request"
} else := "deny" if {
	count(_grants) == 0
} else := "hold" if {
	count(_holding) > 0
} else := "allow"

_denials := [_reason(finding) | some finding in findings.found; finding[1].effect == "deny"]

_holding := [_reason(finding) |
	some finding in findings.found
	count(finding[1].holds) > 0
]

_grants := [_reason(finding) | some finding in findings.found; finding[1].effect == "grant"]

# METADATA
# title: Reasons
# description: Of a denial its denials, of a hold its holds, else the grants.
reasons := array.concat(findings.faults, _denials) if {
	count(findings.faults) + count(_denials) > 0
} else := [] if {
	input.call.pass == "request"
} else := _holding if {
	outcome == "hold"
} else := _grants if {
	outcome == "allow"
} else := [{
	"rule": "main/default-deny",
	"message": "no rule grants this, and what no rule grants is denied",
	"fix": "ask the platform team which rule should cover it",
}]

_reason(finding) := {
	"rule": finding[0],
	"message": finding[1].message,
	"fix": finding[1].fix,
}

# METADATA
# title: Warnings
# description: What is shown whatever becomes of the call; also what a rule requires that no person has to meet.
warnings := [_reason(finding) |
	some finding in findings.found
	finding[1].effect != "grant"
	finding[1].effect != "deny"
	count(object.get(finding[1], "holds", [])) == 0
]

# METADATA
# title: Holds
# description: What must be met before the call runs; of those with one key, the strictest.
default holds := []

holds := [hold |
	some key, same in _keyed
	hold := _strictest(key, same)
] if {
	outcome == "hold"
}

_keyed[key] contains hold if {
	some finding in findings.found
	some hold in finding[1].holds
	key := hold.key
}

_strictest(key, same) := {
	"kind": max({hold.kind | some hold in same}),
	"key": key,
	"groups": sort(intersection({{group | some group in hold.groups} | some hold in same})),
	"quorum": max({hold.quorum | some hold in same}),
	"until": max({hold.until | some hold in same}),
}

# METADATA
# title: Obligations
# description: What the gate must do besides, of everything that is not denied; of those with one name, the strictest.
default obligations := []

obligations := [{"name": name, "params": params} |
	some name in ["notify", "capture", "verify", "canary", "fallback", "dry-run-first", "as-dry-run"]
	asked := [obligation.params |
		some finding in findings.found
		some obligation in finding[1].obligations
		obligation.name == name
	]
	count(asked) > 0
	params := _merged(asked)
] if {
	outcome != "deny"
	_obliged
}

_obliged if {
	some finding in findings.found
	count(finding[1].obligations) > 0
}

_merged(asked) := {key: max({value | some params in asked; value := params[key]}) |
	some params in asked
	some key, _ in params
}

# METADATA
# title: Advice
# description: What the level rule says would have been; null where it says nothing.
advice := _advices[0] if {
	count(_advices) > 0
} else := null

_advices := [finding[1].advice | some finding in findings.found; finding[1].advice]

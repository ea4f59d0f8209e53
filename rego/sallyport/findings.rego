# METADATA
# title: Findings
# description: |
#   What the rules say of this call, and what is wrong with how they say it. A finding is an object:
#
#     effect       grant, hold, deny, require (evidence or an obligation) or warn
#     message      what is refused, asked for or granted, with the limit, in a sentence
#     fix          what would be allowed, or whom to ask; may be empty
#     holds        of hold and require: {kind, key, groups, quorum, until}
#     obligations  of any effect: {name, params}
#     advice       of the level rule's denials
package sallyport.findings

import data.sallyport.reverts

# METADATA
# title: Entries
# description: |
#   The entries for this pass and class, of the library's manifest and of the site's where there is one. A class that a manifest
#   does not know is judged as unknown.
entries := _library if {
	not data.site.manifest
} else := array.concat(_library, _site)

_library := reverts.concerns(object.get(_index, input.action.class, _index.unknown))

_index := data.settings.manifest.index[input.call.pass]

_site := reverts.concerns(object.get(_site_index, input.action.class, _site_index.unknown))

_site_index := data.site.manifest.index[input.call.pass]

# METADATA
# title: Answers
# description: What each rule said, beside its name; a rule that gives no array has not answered.
answers := _library_answers if {
	not data.site.manifest
} else := array.concat(_library_answers, [[entry.id, answer] |
	some entry in _site
	answer := data.site.rules[entry.category][entry.rule].answer
	is_array(answer)
])

_library_answers := [[entry.id, answer] |
	some entry in _library
	answer := data.sallyport.rules[entry.category][entry.rule].answer
	is_array(answer)
]

# METADATA
# title: Found
# description: Every finding beside the name of its rule.
found := [[answer[0], finding] |
	some answer in answers
	some finding in answer[1]
]

_silent := [_silence(entry.id) |
	some entry in entries
	not _answered[entry.id]
]

_silence(id) := {
	"rule": "main/no-answer",
	"message": $"the rule {id} gave no answer, so nothing is allowed",
	"fix": "have the rule corrected: it must answer every call, with an empty array if it has nothing to say",
}

_answered[id] := true if some [id, _] in answers

_nonsense := [_gibberish(id) |
	some [id, finding] in found
	not _readable(finding)
]

_gibberish(id) := {
	"rule": "main/bad-finding",
	"message": $"the rule {id} gave a finding that cannot be read, so nothing is allowed",
	"fix": "have the rule corrected: a finding has an effect, a message and a fix",
}

_readable(finding) if {
	_worded(finding)
	_acceptable(finding)
	_whole_holds(finding)
	_known_obligations(finding)
}

_acceptable(finding) if {
	finding.effect == "grant"
} else if {
	finding.effect == "deny"
} else if {
	finding.effect == "warn"
} else if {
	finding.effect == "hold"
	count(finding.holds) > 0
} else if {
	finding.effect == "require"
	count(object.get(finding, "holds", [])) + count(object.get(finding, "obligations", [])) > 0
}

_worded(finding) if {
	is_string(finding.message)
	is_string(finding.fix)
}

_whole_holds(finding) if {
	not finding.holds
} else if {
	every hold in finding.holds {
		object.keys(hold) == {"kind", "key", "groups", "quorum", "until"}
	}
}

_known_obligations(finding) if {
	not finding.obligations
} else if {
	every obligation in finding.obligations {
		obligation.name in {"notify", "capture", "verify", "canary", "fallback", "dry-run-first", "as-dry-run"}
	}
}

# METADATA
# title: Faults
# description: Rules that gave no answer and findings that cannot be read; any of them denies.
faults := [] if {
	count(answers) == count(entries)
	every finding in found {
		_readable(finding[1])
	}
} else := array.concat(_silent, _nonsense)

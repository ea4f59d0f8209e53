# METADATA
# title: Verification
# description: That there is time for the looks that are asked for, also where a runbook asks for them.
package sallyport.checks.verification

# METADATA
# title: Problems
# description: What is wrong with `verification`, and with how runbooks are verified.
problems := array.flatten([_order, _actions, _runbooks])

_order := [] if {
	_ms(data.settings.verification.every) <= _ms(data.settings.verification.at_most)
} else := [{"level": "error", "path": ["verification", "at_most"], "message": "it is shorter than every"}]

_actions := [problem |
	some name, action in data.settings.verification.actions
	some problem in _hasty(["verification", "actions", name, "within"], action)
]

_runbooks := [problem |
	some name, runbook in data.settings.runbooks
	some problem in _hasty(["runbooks", name, "verification", "within"], runbook.verification)
]

# So many looks cannot be had in that time, and then nothing ever succeeds.
_hasty(path, source) := [] if {
	within := object.get(source, "within", data.settings.verification.within)
	looks := object.get(source, "looks", data.settings.verification.looks)
	_ms(within) >= looks * _ms(data.settings.verification.every)
} else := [{"level": "error", "path": path, "message": "there is no time in it for as many looks as are asked for"}]

_ms(duration) := time.parse_duration_ns(duration) / 1000000

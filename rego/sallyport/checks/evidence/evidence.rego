# METADATA
# title: Evidence
# description: That evidence is asked for in environments that there are, and that signals grow old in some time.
package sallyport.checks.evidence

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `evidence`.
problems := array.flatten([
	places.unknown(["evidence", "required"], data.settings.evidence.required),
	_freshness,
])

_freshness := [] if {
	data.settings.evidence.freshness.stale > data.settings.evidence.freshness.fresh
} else := [{
	"level": "error",
	"path": ["evidence", "freshness", "stale"],
	"message": "a signal cannot be stale before it is not fresh any more",
}]

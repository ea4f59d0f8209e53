# METADATA
# title: Limits
# description: That every environment has limits for tier B, and stricter ones have no wider limits.
package sallyport.checks.limits

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `limits`.
problems := array.flatten([
	[{"level": "error", "path": ["limits", "tier_b"], "message": $"there are no limits for {name}"} |
		some name, _ in data.settings.environments.names
		not data.settings.limits.tier_b[name]
	],
	[problem | some path, table in _tables; some problem in places.unknown(path, table)],
	[problem | some path, table in _tables; some problem in places.wider(path, table)],
])

_tables[["limits", name]] := data.settings.limits[name] if some name in ["tier_b", "refuse", "rate", "attempts"]

_tables[["limits", "hourly", kind]] := table if some kind, table in data.settings.limits.hourly

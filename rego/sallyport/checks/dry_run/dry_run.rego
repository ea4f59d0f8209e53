# METADATA
# title: Dry runs
# description: That dry runs are asked for in environments that there are.
package sallyport.checks.dry_run

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `dry_run`.
problems := array.concat(
	places.unknown(["dry_run", "as_dry_run"], data.settings.dry_run.as_dry_run),
	places.unknown(["dry_run", "first"], data.settings.dry_run.first),
)

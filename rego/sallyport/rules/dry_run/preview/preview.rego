# METADATA
# title: Dry runs
# description: A dry run of a change is granted like any other read.
package sallyport.rules.dry_run.preview

import data.sallyport.level
import data.sallyport.tier

# METADATA
# title: Dry runs
# description: The cell of the level table for other reads, for changes that the server will not persist.
# custom:
#   needs: facts
#   effect: grant
#   classes: [write, delete]
answer := level.findings if {
	tier.preview
} else := []

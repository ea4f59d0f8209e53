# METADATA
# title: Level table
# description: What an agent of this level may do alone, with approval, or not at all.
package sallyport.rules.level.table

import data.sallyport.level
import data.sallyport.tier

# METADATA
# title: Level table
# description: The cell of the level table for the agent's level and the column of the act. Dry runs have a rule of their own.
# custom:
#   needs: facts
#   effect: grant
#   reverts: spared
answer := [] if {
	tier.preview
} else := level.findings

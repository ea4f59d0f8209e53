# METADATA
# title: Approvers
# description: That groups are named for environments that there are.
package sallyport.checks.approvers

import data.sallyport.places

# METADATA
# title: Problems
# description: What is wrong with `approvers`.
problems := places.unknown(["approvers", "environments"], data.settings.approvers.environments)

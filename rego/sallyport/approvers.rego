# METADATA
# title: Approvers
# description: Who may approve what is held.
package sallyport.approvers

import data.sallyport.environment

# METADATA
# title: Groups
# description: The groups whose members may approve in this environment.
groups := object.get(data.settings.approvers.environments, environment.name, data.settings.approvers.default)

# METADATA
# title: Hold
# description: A hold for so many people of those groups.
hold(people) := {"kind": "people", "key": "people", "groups": groups, "quorum": people, "until": ""}

# METADATA
# title: Listed
# description: The groups in words.
listed := concat(" or ", groups)

# METADATA
# title: Needed
# description: So many people of the groups, in words.
needed(1) := $"1 person of {listed}"

needed(people) := $"{people} people of {listed}" if people != 1

# METADATA
# title: Tiers
# description: That what a change of tier B may bring about is known and asks for nobody.
package sallyport.checks.tiers

# METADATA
# title: Problems
# description: What is wrong with `tiers`.
problems := [{
	"level": "error",
	"path": ["tiers", "harmless", name],
	"message": $"{name} is not listed in risk.escalations with 0 people, so it is not harmless",
} |
	some name, _ in data.settings.tiers.harmless
	not data.settings.risk.escalations[name].people == 0
]

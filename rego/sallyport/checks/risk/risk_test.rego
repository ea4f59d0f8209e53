package sallyport.checks.risk_test

import data.sallyport.checks.risk

# What is changed; where and what is said of it.
cases := [
	[{}, []],
	[{"review": {"access": 3}}, [[["review", "access"], "access asks for more people than unknown, which may be that"]]],
	[{"review": {"billing": 1}}, [[["review", "billing"], "2 people at least must look at changes of billing"]]],
	[{"services": {"shop": "trade"}}, [[["services", "shop"], "trade is not a domain of risk.review"]]],
	[{"resources": {"pods": "trade"}}, [[["resources", "pods"], "trade is not a domain of risk.review"]]],
	[
		{"escalations": {"RBAC": {"people": 3}}},
		[[["escalations", "RBAC", "people"], "RBAC asks for more people than unknown, which may be that"]],
	],
	[
		{"escalations": {"RBAC": {"deny": true}}},
		[[["escalations", "RBAC", "deny"], "RBAC is denied and unknown, which may be that, is not"]],
	],
	[{"escalations": {"RBAC": {"deny": true}, "unknown": {"deny": true}}}, []],
]

test_what_is_unknown_weighs_as_much_as_anything if {
	every case in cases {
		changed := object.union(data.settings.risk, case[0])
		found := risk.problems with data.settings.risk as changed
		[[array.slice(one.path, 1, 4), one.message] | some one in found] == case[1]
	}
}

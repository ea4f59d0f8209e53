package lint.rules.naming.folder_package_test

import data.lint.fixtures
import data.lint.rules.naming.folder_package

# A file and its package; whether they fit.
cases := [
	["a/b.rego", "a.b", true],
	["a/b/b.rego", "a.b", true],
	["a/b_test.rego", "a.b_test", true],
	["a/b/b_test.rego", "a.b_test", true],
	["a/fixtures_test.rego", "a.fixtures", true],
	["a/c.rego", "a.b", false],
	["a/b/c.rego", "a.b", false],
	["b.rego", "a.b", false],
	["a/main.rego", "a", true],
	["a/main_test.rego", "a_test", true],
	["a/b/main.rego", "a.b", false],
	["a/b.rego", "a.b.c", false],
]

test_files_are_where_their_packages_say if {
	every case in cases {
		found := folder_package.findings with input as fixtures.files({case[0]: $"package {case[1]}\n"})
		fits := count(found) == 0
		fits == case[2]
	}
}

# METADATA
# title: Folder and package
# description: A file is where its package says, so that whoever reads a name knows the file.
package lint.rules.naming.folder_package

import data.lint.ast

# METADATA
# title: Findings
# description: |
#   Files that are not `<package>.rego`, or `<package>/<last part>.rego` for rules with a folder of their own. Tests are beside what
#   they test, in the package of that name with `_test`; what tests share is in a file that ends so, too.
findings contains ast.finding(file, module.package, message, "rename the package or move the file") if {
	some {"file": file, "module": module} in input.files
	path := ast.package_path(module)
	not _fits(file, path)
	message := $"the package {path} does not fit the file"
}

_fits(file, path) if {
	some place in {path, _own_folder(path), concat("", [path, "_test"]), _main(path)}
	file == concat("", [place, ".rego"])
}

# `a/b/b.rego` holds package a.b, and `a/b/b_test.rego` a.b_test.
_own_folder(path) := concat("/", [trim_suffix(path, "_test"), _last(path)])

# The package at the top is in `main.rego`.
_main(path) := concat("", [trim_suffix(path, "_test"), "/main", trim_prefix(path, trim_suffix(path, "_test"))]) if {
	not contains(path, "/")
} else := path

_last(path) := part if {
	parts := split(path, "/")
	part := parts[count(parts) - 1]
}

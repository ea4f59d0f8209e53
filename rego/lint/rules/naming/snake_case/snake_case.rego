# METADATA
# title: Snake case
# description: Names of rules and packages are words in small letters, joined by underscores.
package lint.rules.naming.snake_case

import data.lint.ast

# METADATA
# title: Findings
# description: Rules, and parts of packages, with other names.
findings contains ast.finding(file, rule, message, "write it in snake_case") if {
	some {"file": file, "module": module} in input.files
	some rule in module.rules
	name := ast.name(rule)
	not regex.match(`^_?[a-z][a-z0-9]*(_[a-z0-9]+)*$`, name)
	message := $"the rule {name} is not in snake_case"
}

findings contains ast.finding(file, module.package, message, "write it in snake_case") if {
	some {"file": file, "module": module} in input.files
	path := ast.package_path(module)
	not regex.match(`^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*$`, path)
	message := $"the package {path} is not in snake_case"
}

# METADATA
# title: Lint
# description: |
#   What our own rules say of the Rego here, the linter's own included. The input is what `opa parse --format json --json-include
#   locations,comments` prints of each file: `{"files": [{"file": "sallyport/main.rego", "module": {...}}]}`. A rule is added by adding
#   its file under `rules`.
package lint

# METADATA
# title: Findings
# description: "Everything that the rules found: `{rule, file, line, message, fix}`."
# entrypoint: true
findings contains finding if {
	some category, rules in data.lint.rules
	some name, rule in rules
	some found in rule.findings
	finding := object.union(found, {"rule": replace($"{category}/{name}", "_", "-")})
}

# Inputs of the linter's tests: files by name, parsed here, so that they have no lines.
package lint.fixtures

files(texts) := {"files": [{"file": name, "module": rego.parse_module(name, text)} | some name, text in texts]}

# The messages of what a rule found.
said(found) := {finding.message | some finding in found}

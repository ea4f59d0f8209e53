# METADATA
# title: Operands under not
# description: |
#   OPA looks the operands of a call up before it negates the call, comparisons with < and > included: in `not limits[x] >= 5` and `not
#   within(limits[x])`, nothing is true where there is no such limit, though it reads as if it were.
package lint.rules.safety.negated_operands

import data.lint.ast

# METADATA
# title: Findings
# description: Negated calls with an operand that may be undefined.
findings contains ast.finding(file, call.node, message, "give it a name before: x := ...; where that is undefined, so is the whole body") if {
	some {"file": file, "module": module} in input.files
	not ast.is_test(file)
	some call in ast.expressions(module)
	call.node.negated == true
	name := call.name
	not name in _lenient
	some operand in call.args
	_may_be_undefined(operand)
	message := $"where what {name} is given is undefined, its negation is undefined too, and not true"
}

# OPA leaves these where they are.
_lenient := {"eq", "equal"}

# A variable has a value; a member of something may not be there.
_may_be_undefined(operand) if {
	operand.type == "ref"
	count(operand.value) > 1
	not operand.value[0].value == "input"
}

# The input is total: every field that its schema has is there, but not every key that a rule computes.
_may_be_undefined(operand) if {
	operand.type == "ref"
	operand.value[0].value == "input"
	some part in operand.value
	part.type != "string"
	part.value != "input"
}

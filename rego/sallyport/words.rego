# METADATA
# title: Words
# description: Facts as people say them, for messages.
package sallyport.words

# METADATA
# title: Reach
# description: The blast radius of the call in words.
reach := $"{measured("objects")}, {measured("pods")}, in {measured("namespaces")}" if {
	input.blast.scope != "cluster"
} else := $"{measured("objects")}, {measured("pods")}, across the cluster"

# METADATA
# title: Measured
# description: One number of the blast radius with its noun; what is not a number is unknown.
measured("objects") := counted(input.blast.objects, "object", "objects")

measured("namespaces") := counted(input.blast.namespaces, "namespace", "namespaces")

measured("pods") := counted(input.blast.pods, "pod", "pods")

measured("replicas") := counted(input.blast.replicas, "replica", "replicas")

measured("share") := $"{round(input.blast.share * 100)} % of the workload at once" if {
	is_number(input.blast.share)
} else := "an unknown share of the workload at once"

# METADATA
# title: Counted
# description: A number with its noun in the right form.
counted(number, one, many) := $"an unknown number of {many}" if {
	not is_number(number)
} else := $"1 {one}" if {
	number == 1
} else := $"{number} {many}"

# METADATA
# title: Act
# description: What the call does, with its target, e.g. `patch of deployments.apps web in namespace shop`.
act := $"{input.action.verb} of {clip(input.action.resource)}{_name}{_place}"

_name := "" if {
	input.target.name in {"none", "*"}
} else := $" {clip(input.target.name)}"

_place := "" if {
	input.target.namespace == "none"
} else := " in all namespaces" if {
	input.target.namespace == "*"
} else := $" in namespace {clip(input.target.namespace)}"

# METADATA
# title: Clipped
# description: A text that is too long for a message, cut.
clip(text) := text if {
	count(text) <= 253
} else := concat("", [substring(text, 0, 250), "..."])

# METADATA
# title: Listed
# description: The first of a list of names, and how many more there are.
listed([]) := "none"

listed(names) := concat(", ", names) if {
	count(names) in {1, 2, 3, 4, 5, 6}
}

listed(names) := $"{concat(", ", array.slice(names, 0, 5))} and {count(names) - 5} more" if count(names) > 6

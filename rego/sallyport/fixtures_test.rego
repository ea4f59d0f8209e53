# Inputs for tests: complete ones, changed by merging objects into them.
package sallyport.fixtures

unlabelled := {"environment": "none", "service": "none", "tier": "none", "team": "none", "regulated": "none"}

unread := {"environment": "unknown", "service": "unknown", "tier": "unknown", "team": "unknown", "regulated": "unknown"}

everything := ["notify", "capture", "verify", "canary", "fallback", "dry-run-first", "as-dry-run"]

# A read of one deployment in staging by an agent that may be anywhere.
read := {
	"version": 1,
	"call": {
		"id": "01", "time": "2026-11-20T10:15:30.123Z", "pass": "facts", "surface": "kubernetes", "route": "staging", "method": "GET",
		"path": "/apis/apps/v1/namespaces/shop/deployments/web", "digest": "hmac-sha256:00", "body": "none", "group": "unknown",
	},
	"agent": {
		"id": "bot", "team": "shop", "owner": "ana", "level": 1, "narrowed": [],
		"scope": {
			"routes": ["*"], "environments": ["*"], "services": ["*"], "teams": ["*"], "namespaces": ["*"], "accounts": [], "tools": [],
		},
		"granted_by": "ana", "granted_at": "2026-11-01T00:00:00.000Z", "expires": "2027-11-01T00:00:00.000Z", "credential": "token",
	},
	"action": {
		"name": "kubernetes:deployments.apps:get", "class": "read", "verb": "get", "resource": "deployments.apps", "risk_domain": "configuration",
		"way_back": {"how": "not_needed", "exact": true, "captured": true},
		"dry_run": false, "args": {}, "change": {"paths": [], "escalates": []}, "reverts": "none",
	},
	"target": {
		"route": "staging", "namespace": "shop", "name": "web", "uid": "unknown", "exists": "unknown", "managed_by": "unknown",
		"account": "none", "region": "none", "tool": "none",
		"labels": {"route": object.union(unlabelled, {"environment": "staging"}), "namespace": unlabelled, "object": unlabelled},
	},
	"blast": {
		"known": true, "objects": 0, "replicas": 0, "pods": 0, "share": 0, "namespaces": 0, "scope": "none", "open": false,
	},
	"claims": {
		"intent": "unknown", "reason": "unknown", "incident": "unknown", "incident_class": "unknown", "alert": "unknown",
		"confidence": "unknown", "runbook": "unknown", "plan": "unknown", "links": "unknown", "success_signal": "unknown",
	},
	"signals": {"attached": []},
	"state": {
		"freezes": [], "counts": "unknown", "spent": "unknown", "failures": "unknown", "approvals": [], "verification": "none",
		"can": everything,
	},
}

reading(change) := object.union(read, change)

# A small change of one deployment in staging, which can be taken back: tier B.
write := object.union(read, {
	"call": {"method": "PATCH", "body": "read"},
	"action": {
		"name": "kubernetes:deployments.apps:patch", "class": "write", "verb": "patch",
		"way_back": {"how": "inverse", "exact": true, "captured": true},
		"change": {"paths": ["/spec/replicas"], "escalates": []},
	},
	"target": {"exists": true},
	"blast": {"objects": 1, "replicas": 4, "pods": 2, "share": 0.5, "namespaces": 1, "scope": "object"},
	"state": {"counts": nothing_counted, "spent": {"agent": {}, "services": {}, "intent": "none"}, "failures": never},
})

never := {"count": 0, "calls": []}

nothing_counted := {
	"calls": 1, "changes": 0, "denied": 0, "repeats": never,
	"under_way": {"agent": 0, "services": {}, "intent": "none"},
}

# What was spent, of which the oldest part counts until half past ten.
spending(amounts) := object.union(
	{
		"changes": 1, "objects": 1, "pods": 0, "share": 0,
		"frees": "2026-11-20T10:30:00.000Z", "calls": ["0a", "0b"],
	},
	amounts,
)

writing(change) := object.union(write, change)

# The same, as it would take a decision of a quarter of an hour ago back.
reverting(by, change) := object.union(
	object.union(write, {
		"agent": {"id": "sallyport:reverts", "level": 1, "credential": by},
		"action": {"reverts": {"decision": "0d", "at": "2026-11-20T10:00:00.000Z", "by": by, "forced": false}},
	}),
	change,
)

# The same, in an environment.
there(environment) := {"target": {"labels": {"namespace": {"environment": environment}, "route": {"environment": environment}}}}

at_level(level) := {"agent": {"level": level}}

# What makes the change one of tier C.
too_far := {"blast": {"pods": "unknown"}}

# A restart under a runbook that covers it: with all that the runbook asks for.
restarting := {
	"claims": {
		"runbook": "restart-stateless", "reason": "pods of web crash", "incident": "INC-7", "alert": "KubePodCrashLooping",
		"confidence": 0.9,
	},
	"action": {
		"change": {"paths": ["/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt"]},
		"way_back": {"how": "not_needed"},
	},
}

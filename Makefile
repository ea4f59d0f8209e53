# Everything runs through make: `make` lists the targets. Needed: npm; Go for building policy and for the
# end-to-end tests.
.DEFAULT_GOAL := help
SHELL := bash

# Tests and the demonstration run from source, and Node strips types by itself from 22.18 on. A machine with an older
# Node, or none, gets Node 24 out of npm's `node` package.
NODE := $(shell node -p '(([a, b]) => a > 22 || (a == 22 && b >= 18))(process.versions.node.split(".")) ? "found" : ""' 2>/dev/null)
ifneq ($(NODE),found)
NODE := .toolchain/node/node_modules/node/bin/node
export PATH := $(CURDIR)/.toolchain/node/node_modules/node/bin:$(PATH)
$(NODE):
	@echo "Fetching Node 24: there is none on PATH that is at least 22.18."
	@npm install --prefix .toolchain/node --ignore-scripts=false --no-audit --no-fund --loglevel=error node@24
	@test -x $@ || { echo "npm's package node@24 brought no binary for this machine: install Node 24 by hand." >&2; exit 1; }
else
NODE :=
endif
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help run test check unit e2e bench soak bundle conformance lab build clean opa

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: node_modules/.stamp ## Try it: a gate, an agent, a demonstration upstream; nothing to configure
	@node src/cli.ts demo

test: opa ## All that CI runs: check, then every test; ends with `N passed, N failed`
	@$(MAKE) --no-print-directory check || { echo "0 passed, 1 failed"; exit 1; }
	@vitest run

check: opa ## Format, lint, types, unused exports; of rego/ format, strict check and lint
	@biome ci --error-on-warnings .
	@tsc -p .
	@knip
	@node test/lint/lint-rego.ts

unit: opa ## The tests that need no cluster
	@vitest run --project unit

e2e: opa ## The tests against a real API server with real clients
	@vitest run --project e2e

bench: opa ## Compare the gate with bare proxies, side by side
	@node --expose-gc test/bench/bench.ts

soak: opa ## A million reads: does the heap grow? Then ten minutes of informers that are cut off again and again
	@node --expose-gc test/bench/soak.ts
	@node test/bench/soak-informers.ts

bundle: opa ## Build bundles/ from rego/
	@node src/cli.ts build

conformance: opa ## OPA's own test cases in the gate's policy host; write=1 rewrites the list of those that do not pass
	@node test/conformance/main.ts $(if $(write),--write)

lab: ## Build the Kubernetes binaries of the end-to-end tests (minutes, once)
	@test/kube-lab/build.sh etcd kube-apiserver kube-controller-manager kubectl fakekubelet informer kubectl-older helm python-client

build: node_modules/.stamp ## Compile to dist/, as it is published
	@rm -rf dist
	@tsc -p tsconfig.build.json
	@publint --strict

clean: ## Remove what make made here (caches under ~/.cache/sallyport stay)
	@rm -rf dist coverage node_modules .toolchain

# `npm install --no-save` and not `npm ci`: npm 11 refuses a lock file that lacks optional packages for other platforms
# where its registry does not have them. The versions are those of the lock file all the same.
node_modules/.stamp: package.json package-lock.json .npmrc | $(NODE)
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

# Before the tests and not in one of them: where there is no OPA it is built with Go, which takes a minute, once.
opa: node_modules/.stamp
	@node -e 'import("./src/review/opa.ts").then((m) => m.findOpa()).catch((e) => console.error(e.message))'

# Thin lines over npm scripts. Everything runs on the Node.js that the toolchain workspace brings.
OWN_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.DEFAULT_GOAL := help
INSTALLED := node_modules/.package-lock.json

.PHONY: help start test check eval bench conformance faults fuzz policy-soak bench-reading build
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t16

$(INSTALLED): package.json package-lock.json toolchain/package.json
	@# npm reads the machine's npmrc beside the Node.js that runs it, and takes node_modules away first.
	@echo npm ci && PATH="$(OWN_PATH)" npm ci --no-audit --no-fund
	@touch $@

build: $(INSTALLED) ## compile to dist/
	@npm run -s build

start: build ## run the gate on 127.0.0.1:8090 in front of two real servers
	@exec node bin/portcullis.js start --config examples/start/portcullis.yaml

test: build ## every check that a change must pass
	@npm run -s check && npm run -s test

check: build ## types, lint, format, unused code, package
	@npm run -s check

conformance: build ## the official suite, directly and through the gate
	@npm run -s conformance

bench: build ## CPU and latency beside the baselines, in one run
	@npm run -s bench

eval: $(INSTALLED) ## what the guards find and miss, measured on the data in DATA=FOLDER
	@npm run -s eval -- $(DATA)

faults: build ## the long form of the fault tests
	@npm run -s faults

fuzz: build ## the property tests with a seed never used before, which it prints
	@npm run -s fuzz

policy-soak: build ## a million generated calls, judged by two evaluators
	@node test/policy/soak.ts

bench-reading: $(INSTALLED) ## how long a filtered page takes over RECORDS=10000000 records on PostgreSQL
	@node bench/reading.ts

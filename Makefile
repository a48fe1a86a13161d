# make help lists the targets. A setting given to make reaches the program as a variable: make up REGION=us-west-2 PATTERNS=my.json.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X github.com/dispatchframework/dispatch-events-aws/cmd/relay.Version=$(VERSION)
BIN      := $(CURDIR)/bin
TOOLS    := $(CURDIR)/.tools/bin
# Both come from the Go module proxy, built at these versions, so that every machine lints alike.
LINTER   := $(TOOLS)/golangci-lint-2.15.0
TFLINT   := $(TOOLS)/tflint-0.64.0
PYTHON   ?= python3
PYTHONS  := $(shell git ls-files '*.py')
SCRIPTS  := $(shell git ls-files '*.sh' .ci/run)

.DEFAULT_GOAL := help
.PHONY: help up plan down status outputs dead-letters dispatch-manifest run demo demo-twitter build image bench chaos fuzz test test-go test-terraform test-python lint fmt check clean

help: ## list the targets
	@echo 'make up REGION=us-west-2 PATTERNS=examples/event-patterns.json'
	@echo 'Settings are listed by bin/stack -h and bin/forwarder -h; each may be given to make as NAME=value.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: build ## create or change the stack: PATTERNS=, SCHEDULE= or BUCKET=
	@$(BIN)/stack up
plan: build ## show what up would change
	@$(BIN)/stack plan
down: build ## remove the stack; it needs only NAME=
	@$(BIN)/stack down
status: build ## resources, drift, queue depth, dead letters
	@$(BIN)/stack status
outputs: build ## queue URL, rules, policies; JSON=true for scripts
	@$(BIN)/stack outputs
dispatch-manifest: build ## the event driver and its subscriptions, for dispatch apply; FUNCTION=, IMAGE=
	@$(BIN)/stack dispatch-manifest
dead-letters: build ## what was refused; DO=redrive sends it back, DO=purge throws it away, REASON= limits
	@$(BIN)/stack dead-letters $(DO)
run: build ## up, then forward in this process; CLEAN_UP=true: down at the end
	@$(BIN)/stack run

demo: ## the whole way on this machine, no account: AWS event to Dispatch; KEEP=true leaves it up
	@go run ./examples/demo

demo-twitter: ## a picture from the bucket to a post with a watermark, no account; KEEP=true leaves it up
	@go run ./examples/twitter/demo

build: ## bin/stack and bin/forwarder
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/stack ./cmd/forwarder

.PHONY: man
man: build ## manual pages and completion: dist/man, dist/completion
	@mkdir -p dist/man dist/completion
	@for p in stack forwarder; do $(BIN)/stack man $$p >dist/man/$$p.1; done
	@for s in bash zsh fish; do $(BIN)/stack completion $$s >dist/completion/stack.$$s; done

image: build ## the forwarder alone, as dispatch-events-aws:VERSION
	@printf 'FROM scratch\nCOPY forwarder /forwarder\nUSER 65532:65532\nENTRYPOINT ["/forwarder"]\n' | \
		docker build --quiet --tag dispatch-events-aws:$(VERSION) --file - $(BIN)

bench: build ## the forwarder beside the least that any program can do, three minutes; BENCH=-h for more
	@go run ./cmd/bench -forwarder $(BIN)/forwarder $(BENCH)

.PHONY: bench-go
bench-go: ## Go benchmarks of the hot paths
	@go test -run '^$$' -bench . -benchmem ./forwarder/... ./terraform/pattern

chaos: ## forwarders killed and starved, seed after seed, for CHAOSTIME (10m)
	@go test ./forwarder/chaos -count=1 -timeout=0 -v -for=$${CHAOSTIME:-10m}

fuzz: ## every fuzz target for FUZZTIME (1m)
	@set -e; for p in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -ho '^func Fuzz[A-Za-z]*' $$p/*_test.go | cut -c6-); do \
			go test ./$$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $${FUZZTIME:-1m}; done; done

test: ## everything but the demo; no account needed
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target test-go test-terraform test-python

test-go:
	@go test -race -shuffle=on $$(go list ./... | grep -v /chaos)
	@go test -short ./forwarder/chaos

test-terraform: ## Terraform's own tests, with a mocked provider
	@terraform/test.sh

test-python: ## the local AWS, the picture function
	@$(PYTHON) -m unittest discover --start-directory examples/demo/localaws --pattern 'test_*.py'
	@$(PYTHON) -m unittest discover --start-directory examples/twitter/tests --top-level-directory examples/twitter

lint: $(LINTER) $(TFLINT) ## Go, Terraform, shell, Python; terraform fmt and validate are in test-terraform
	@$(LINTER) run ./...
	@$(LINTER) fmt --diff ./...
	@$(TFLINT) --recursive --config $(CURDIR)/.tflint.hcl
	@shellcheck $(SCRIPTS)
	@$(PYTHON) -m compileall -q examples
	@flake8 --max-line-length 132 --max-complexity 15 --extend-ignore E203 $(PYTHONS)

fmt: $(LINTER) ## rewrite the sources in the one format
	@$(LINTER) fmt ./...
	@terraform fmt -recursive terraform examples

check: lint test demo demo-twitter ## all that is checked before a change lands

clean: ## remove what was built here
	@rm -rf $(BIN) $(TOOLS) dist

$(LINTER):
	@GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mv $(TOOLS)/golangci-lint $@
$(TFLINT):
	@GOBIN=$(TOOLS) go install github.com/terraform-linters/tflint@v0.64.0
	@mv $(TOOLS)/tflint $@

# make help lists the targets. Variables that are given to make become arguments: make up REGION=us-west-2
# PATTERNS=my.json.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
ifneq ($(words $(VERSION)),1)
$(error VERSION is "$(VERSION)": one word is accepted, such as 1.2.3)
endif
LDFLAGS  := -s -w -X github.com/dispatchframework/dispatch-events-aws/forwarder/relay.Version=$(VERSION)
BIN      := $(CURDIR)/bin
DIST     ?= $(CURDIR)/dist
TOOLS    := $(CURDIR)/.tools/bin
RESULTS  := $(CURDIR)/.tools/results
# These are built in these versions from the Go module proxy, so that every machine tests and lints alike.
TESTER   := $(TOOLS)/gotestsum-1.13.0
LINTER   := $(TOOLS)/golangci-lint-2.15.0
TFLINT   := $(TOOLS)/tflint-0.64.0
ACTIONS  := $(TOOLS)/actionlint-1.7.12
PYTHONS  := $(shell git ls-files '*.py' .ci/list-skipped-tests)
SCRIPTS  := $(shell git ls-files '*.sh' .ci/run .ci/tools .ci/bare)
# .ci/tools puts programs and Python packages here.
export PATH := $(CURDIR)/.tools/python/bin:$(TOOLS):$(PATH)

# Variables that are given to make become arguments, unchanged except for line ends. Not passed on are this file's own
# variables, secrets, and those of other programs. Environment variables are ignored, because NAME or STATUS can mean
# something else there. Empty variables are ignored, except NAME: without it another stack would be meant.
OWN      := VERSION BIN DIST TOOLS RESULTS WAITING TESTER LINTER TFLINT ACTIONS PYTHONS SCRIPTS \
            INSTALL REQUIREMENTS RACE TAG REVISION CREATED ARCH LDFLAGS COMPILE BENCH DO FUZZTIME CHAOSTIME SHELL MAKE%
OTHERS   := %_TOKEN AWS_% TF_% GO% CGO_% OTEL_% XDG_% NO_COLOR NO_PROXY HTTP_PROXY HTTPS_PROXY \
            http_proxy https_proxy no_proxy HOME PATH TERM TMPDIR
given     = $(foreach v,$(filter-out $(OWN) $(OTHERS),$(.VARIABLES)), \
            $(if $(filter command line,$(origin $v)),$(if $(value $v)$(filter NAME,$v),$v)))
lower     = $(shell printf %s '$1' | tr A-Z_ a-z-)
define newline


endef
GIVEN     = $(foreach v,$(given),--$(call lower,$v)='$(subst $(newline), ,$(subst ','\'',$(value $v)))')

# Images: their contents depend only on the commit and on Go, so that everybody builds the same bytes.
override DIST := $(abspath $(DIST))
TAG       = $(or $(shell printf %s '$(VERSION)' | sed 's/[^A-Za-z0-9_.-]/-/g; s/^[.-]*//' | cut -c-128),dev)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
CREATED  ?= $(shell git log -1 --format=%cI 2>/dev/null || echo 1970-01-01T00:00:00Z)
ARCH      = $(shell go env GOHOSTARCH)
STATIC   := CGO_ENABLED=0 GOOS=linux GOAMD64=v1 GOARM64=v8.0
PACKED    = -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'

.DEFAULT_GOAL := help
.PHONY: help up plan down status outputs tail dead-letters demo demo-twitter build image \
        bench chaos fuzz test test-go test-terraform test-python lint fmt check clean

help: ## list the targets
	@echo 'Give settings as NAME=value, for example: make up REGION=us-west-2 PATTERNS=examples/event-patterns.json'
	@echo 'After "make build", "bin/stack up -h" lists those of up, and "bin/forwarder -h" those of the forwarder.'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: build ## create or change the stack: PATTERNS=, SCHEDULE= or BUCKET=
	@$(BIN)/stack up $(GIVEN)
plan: build ## show what 'make up' would change
	@$(BIN)/stack plan $(GIVEN)
down: build ## remove the stack; its name (NAME=) is enough
	@$(BIN)/stack down $(GIVEN)
status: build ## show resources, drift, queue, dead letters and problems; FROM=http://HOST:9090 asks the forwarder
	@$(BIN)/stack status $(GIVEN)
outputs: build ## show queue URL, rules and policies; JSON=true for scripts
	@$(BIN)/stack outputs $(GIVEN)
tail: build ## show events as they arrive; FROM=http://HOST:9091 shows those of a forwarder; TYPE=aws.s3 selects a type
	@$(BIN)/stack tail $(GIVEN)
dead-letters: build ## list dead letters; DO=redrive sends them back, DO=purge deletes them: all, or those with REASON=
	@$(BIN)/stack dead-letters $(DO) $(GIVEN)

demo: ## relay events from an emulated AWS to a receiver on this machine, without an account; KEEP=true keeps it running
	$(call DEMO,./examples/demo)
demo-twitter: ## post pictures from an emulated bucket on an emulated X, without an account; KEEP=true keeps it running
	$(call DEMO,./examples/twitter/demo)

# DEMO builds the demo $(1) and, in the same folder, the programs that it starts. Meanwhile it sets up Python packages.
define DEMO
	@echo '$@: compiling; the first time takes a minute or two'
	@.ci/tools python & $(COMPILE) -o $(BIN)/ ./cmd/stack ./cmd/forwarder && \
		$(COMPILE) -o $(BIN)/$@ $(1); status=$$?; wait $$! && exit $$status
	@$(BIN)/$@ $(GIVEN)
endef

build: ## build bin/stack and bin/forwarder
	@$(COMPILE) -o $(BIN)/ ./cmd/stack ./cmd/forwarder
# All programs are compiled with the same flags, so that they share compiled packages.
COMPILE = CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'

.PHONY: man
man: export SOURCE_DATE_EPOCH = $(shell date --date '$(CREATED)' +%s)
man: build ## build the manual pages of the stack command: dist/man
	@rm -rf dist/man && mkdir -p dist/man && $(BIN)/stack man dist/man

image: ## build dispatch-events-aws:VERSION with the forwarder, for amd64 and arm64; dist/ gets archives, a layout, SBOMs
	@set -e; for arch in amd64 arm64; do \
		$(STATIC) GOARCH=$$arch go build $(PACKED) -o $(DIST)/programs/linux-$$arch/ ./cmd/forwarder; done
	@VERSION='$(VERSION)' TAG=$(TAG) REVISION='$(REVISION)' CREATED=$(CREATED) DIST=$(DIST) go run ./cmd/pack-image
	@if docker version >/dev/null 2>&1; then docker load --quiet --input $(DIST)/dispatch-events-aws-$(TAG)-$(ARCH).tar; \
		else echo 'no container engine runs here: load the archive on a machine that has one'; fi

# In addition to the image's files, a release has for each system an archive with the programs, the manual pages, the
# licence and the README, and the checksums of all files.
.PHONY: release
release: image man ## build programs for Linux and macOS, images, lists of modules, checksums: dist/release
	@rm -rf $(DIST)/release && mkdir -p $(DIST)/release
	@set -e; cd $(DIST); tag=$(TAG); for system in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do \
		name=dispatch-events-aws-$$tag-$$(echo $$system | tr / -); \
		CGO_ENABLED=0 GOOS=$${system%/*} GOARCH=$${system#*/} \
			go build -C $(CURDIR) $(PACKED) -o $(DIST)/$$name/ ./cmd/stack ./cmd/forwarder; \
		cp -r $(CURDIR)/LICENSE $(CURDIR)/README.md $(CURDIR)/dist/man $$name/; \
		$(TAR) $$name | gzip -n >release/$$name.tar.gz; rm -r $$name; done; \
		$(TAR) dispatch-events-aws-$$tag.oci >release/dispatch-events-aws-$$tag-oci.tar; \
		for arch in amd64 arm64; do cp dispatch-events-aws-$$tag-$$arch.cdx.json release/; \
			cp dispatch-events-aws-$$tag-$$arch.tar release/dispatch-events-aws-$$tag-image-$$arch.tar; done; \
		cd release && sha256sum * >SHA256SUMS && ls
TAR       = tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime='$(CREATED)'

bench: build ## compare the speed of the forwarder and of a minimal program, three minutes; BENCH=-h lists the flags
	@go run ./cmd/bench -forwarder $(BIN)/forwarder $(BENCH)

.PHONY: bench-go
bench-go: ## run the Go benchmarks
	@go test -run '^$$' -bench . -benchmem ./forwarder/... ./terraform/pattern

chaos: ## repeat a test in which requests fail and forwarders are killed at random, for CHAOSTIME (10m)
	@go test ./forwarder/chaos -count=1 -timeout=0 -v -for=$${CHAOSTIME:-10m}

fuzz: ## run every fuzz target for FUZZTIME (1m)
	@set -e; for p in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -ho '^func Fuzz[A-Za-z]*' $$p/*_test.go | cut -c6-); do \
			go test ./$$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $${FUZZTIME:-1m}; done; done

test: ## run all tests except the demos, without an account; the last line names those skipped; INSTALL=no avoids apt-get
	@echo 'test: setting up what the tests need, then compiling; the first results take a few minutes'
	@rm -rf $(RESULTS) && mkdir -p $(RESULTS)
	@.ci/tools python programs & $(MAKE) --no-print-directory $(TESTER); status=$$?; wait $$! && exit $$status
	@status=0; $(MAKE) --no-print-directory --jobs 3 test-go test-terraform test-python || status=$$?; \
		.ci/list-skipped-tests $(RESULTS); exit $$status

# The race detector needs a C compiler. The time limit is only for hangs: a busy machine takes many times as long.
RACE      = $(if $(shell command -v gcc || command -v clang),-race)
GO_TEST   = $(TESTER) --format pkgname --format-icons text --hide-summary skipped --jsonfile $(RESULTS)/$@$(1).json -- \
	-timeout 60m

# The tests of these wait for Terraform's provider most of the time. They start first, and the others run meanwhile.
WAITING   = ./cmd/stack ./terraform

test-go: $(TESTER)
	@mkdir -p $(RESULTS)
	@[ -n '$(RACE)' ] || echo 'the race detector (there is no C compiler)' >>$(RESULTS)/not-run.txt
	@$(call GO_TEST,-1) $(RACE) -shuffle=on -p $$(($$(getconf _NPROCESSORS_ONLN) + 2)) \
		$(WAITING) $$(go list ./... | grep -v /chaos)
	@$(call GO_TEST,-2) ./forwarder/chaos

test-terraform: ## run the Terraform modules' tests, with a mocked provider
	@mkdir -p $(RESULTS)
	@for p in terraform tofu; do command -v $$p >/dev/null || \
		echo "the modules' tests with $$p (it is not on the PATH)" >>$(RESULTS)/not-run.txt; done
	@terraform/test.sh

test-python: ## test the emulator of AWS (examples/demo/localaws) and the function of examples/twitter
	@mkdir -p $(RESULTS)
	@$(UNITTEST) --start-directory examples/demo/localaws --pattern 'test_*.py' $(call SHOWN,local-aws)
	@$(UNITTEST) --start-directory examples/twitter/tests --top-level-directory examples/twitter $(call SHOWN,twitter)

UNITTEST  = python3 -m unittest discover --verbose
SHOWN     = >$(RESULTS)/$(1).txt 2>&1 || { cat $(RESULTS)/$(1).txt; exit 1; }; tail -n 3 $(RESULTS)/$(1).txt

lint: $(LINTER) $(TFLINT) $(ACTIONS) ## lint Go, Terraform, shell and Python; test-terraform runs fmt and validate
	@echo 'lint: Go, Terraform, workflows, shell, Python'
	@.ci/tools linters
	@$(LINTER) run ./...
	@$(LINTER) fmt --diff ./...
	@GOOS=darwin go vet ./... && go vet -race ./forwarder/chaos
	@$(TFLINT) --recursive --config $(CURDIR)/.tflint.hcl
	@$(ACTIONS)
	@shellcheck $(SCRIPTS)
	@python3 -m compileall -q examples
	@flake8 --max-line-length 120 --max-complexity 15 --extend-ignore E203 $(PYTHONS)

fmt: $(LINTER) ## format the sources
	@$(LINTER) fmt ./...
	@terraform fmt -recursive terraform examples

check: lint ## run lint, test, demo and demo-twitter: all checks before a change is merged
	@.ci/tools python && $(MAKE) --no-print-directory build
	@$(MAKE) --no-print-directory --jobs 2 test demos

# The demos wait for Terraform's provider most of the time: they run during the tests, and print something only if they
# fail.
.PHONY: demos
demos:
	@{ $(MAKE) --no-print-directory demo && $(MAKE) --no-print-directory demo-twitter; } >.tools/demos.txt 2>&1 || \
		{ cat .tools/demos.txt; exit 1; }
	@echo 'demos: passed'

.PHONY: bare
bare: ## run test, demo and demo-twitter in a new Debian with Go, Terraform, Python 3, make and git; needs root, an hour
	@.ci/bare

clean: ## remove what was built or installed here
	@rm -rf $(BIN) .tools dist

# tool builds a program from the package $(1), at the version in the name of the target.
define tool
	@echo 'building $(@F)'
	@name=$(@F); GOBIN=$(TOOLS) go install $(1)@v$${name##*-} && mv $(TOOLS)/$${name%-*} $@
endef

$(TESTER):
	$(call tool,gotest.tools/gotestsum)
$(LINTER):
	$(call tool,github.com/golangci/golangci-lint/v2/cmd/golangci-lint)
$(TFLINT):
	$(call tool,github.com/terraform-linters/tflint)
$(ACTIONS):
	$(call tool,github.com/rhysd/actionlint/cmd/actionlint)

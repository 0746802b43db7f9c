# Everything here needs Go, make and git, and a C compiler for the race detector.
# Tools and binaries go to bin/, which Git ignores.

include hack/tools.mk

SHELL         := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

MODULES       := . hack/controlplane hack/golangci-lint
TEST_TIMEOUT  ?= 15m
# The race detector needs cgo, which the Go command turns off where it finds no C compiler.
RACE          ?= $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
IMAGE_TAG     ?= latest
CONTAINER_TOOL ?= docker

# with-control-plane COMMAND runs it with KUBEBUILDER_ASSETS set.
with-control-plane = assets=$$(SETUP_ENVTEST=$(SETUP_ENVTEST) hack/controlplane/assets.sh) && KUBEBUILDER_ASSETS=$$assets $(1)

##@ General

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*##"; printf "Usage: make \033[36m<target>\033[0m\n"} \
		/^[a-zA-Z0-9_-]+:.*##/ {printf "  \033[36m%-18s\033[0m%s\n", $$1, $$2} \
		/^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)}' $(MAKEFILE_LIST)

.PHONY: clean
clean: ## Remove binaries, tools, the control plane and what the demo and the bench made.
	rm -rf bin bench-out demo-out

##@ Development

.PHONY: generate
generate: $(CONTROLLER_GEN) ## Generate the deep copy methods of api/ and docs/errors.md.
	$(CONTROLLER_GEN) object paths=./api/...
	go run ./hack/errors

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Generate the CRDs and the manager's role.
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=ais-manager paths=./internal/controller/... output:rbac:dir=config/rbac

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the code.
	$(GOLANGCI_LINT) fmt

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Lint the code; formatting and go vet are part of it.
	$(GOLANGCI_LINT) run

.PHONY: tidy
tidy: ## Tidy every module.
	@for module in $(MODULES); do (cd $$module && go mod tidy) || exit; done

##@ Tests

.PHONY: test
test: $(SETUP_ENVTEST) ## Run every test, against a real API server where one is needed.
	$(call with-control-plane,go test $(RACE) -timeout $(TEST_TIMEOUT) ./...)

.PHONY: test-integration
test-integration: $(SETUP_ENVTEST) ## Run only the suites that need an API server.
	$(call with-control-plane,go test $(RACE) -timeout $(TEST_TIMEOUT) ./api/... ./cmd/manager/... ./config/... ./internal/controlplane/... ./internal/controller/... ./test/...)

.PHONY: test-faults
test-faults: $(SETUP_ENVTEST) ## Run every fault recipe in full, then show that those about the claim fail without it (8 minutes).
	$(call with-control-plane,hack/faults.sh)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 5m) each, and stop at the first finding.
	hack/fuzz.sh

.PHONY: verify-generated
verify-generated: $(CONTROLLER_GEN)
	@hack/unchanged.sh $(MAKE) --no-print-directory generate manifests

.PHONY: verify-modules
verify-modules:
	@for module in $(MODULES); do \
		(cd $$module && go mod tidy -diff) || { echo "$$module/go.mod is not tidy: run make tidy" >&2; exit 1; }; \
	done

.PHONY: verify
verify: verify-generated verify-modules lint ## Check that generated files, modules, format and lint are clean.

.PHONY: check
check: test verify ## Do what CI does.

.PHONY: vuln
vuln: $(GOVULNCHECK) ## Look for known vulnerabilities, where their database can be reached or GOVULNDB names one.
	@go run ./hack/vuln $(GOVULNCHECK) ./...

.PHONY: bench
bench: $(SETUP_ENVTEST) ## Measure calls, writes, CPU and memory against a control plane on this machine; BENCH_FLAGS=-help lists what can be set.
	$(call with-control-plane,go run ./test/bench $(BENCH_FLAGS))

##@ Binaries

.PHONY: build
build: ## Build every command into bin/.
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/ ./cmd/...

.PHONY: images
images: ## Build the container images of the manager and the engine.
	$(CONTAINER_TOOL) build --target manager -t ais-operator/manager:$(IMAGE_TAG) .
	$(CONTAINER_TOOL) build --target engine -t ais-operator/engine:$(IMAGE_TAG) .

.PHONY: kubectl
kubectl: ## Build kubectl, at the control plane's version, into bin/.
	@hack/controlplane/assets.sh kubectl

.PHONY: demo
demo: build $(SETUP_ENVTEST) ## Run manager and engine against a control plane on this machine; KEEP=1 leaves them running.
	$(call with-control-plane,go run ./hack/demo)

# The tools of this repository. The Go command builds them into bin/, at exactly
# the versions written here and in the go.mod of hack/golangci-lint; nothing
# else has to be installed.

CONTROLLER_GEN_VERSION := v0.23.0
SETUP_ENVTEST_VERSION  := v0.25.1
GOVULNCHECK_VERSION    := v1.9.0

BIN            := $(CURDIR)/bin
CONTROLLER_GEN := $(BIN)/controller-gen
SETUP_ENVTEST  := $(BIN)/setup-envtest
GOVULNCHECK    := $(BIN)/govulncheck
GOLANGCI_LINT  := $(BIN)/golangci-lint

$(CONTROLLER_GEN): hack/tools.mk
	GOBIN=$(BIN) go install sigs.k8s.io/controller-tools/cmd/controller-gen@$(CONTROLLER_GEN_VERSION)
	@touch $@

$(SETUP_ENVTEST): hack/tools.mk
	GOBIN=$(BIN) go install sigs.k8s.io/controller-runtime/tools/setup-envtest@$(SETUP_ENVTEST_VERSION)
	@touch $@

$(GOVULNCHECK): hack/tools.mk
	GOBIN=$(BIN) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	@touch $@

$(GOLANGCI_LINT): $(addprefix hack/golangci-lint/,go.mod go.sum main.go)
	cd hack/golangci-lint && go build -trimpath -ldflags "-s -w" -o $@ .
	@touch $@

.PHONY: tools
tools: $(CONTROLLER_GEN) $(SETUP_ENVTEST) $(GOVULNCHECK) $(GOLANGCI_LINT) ## Build the pinned tools into bin/.

# Two images from one build:
#
#   docker build --target manager -t ais-operator/manager .
#   docker build --target engine -t ais-operator/engine .
#
# Each holds one static binary, the system's certificate authorities and nothing
# else, and runs as an unprivileged user on a read-only root file system.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w" -o /out/ ./cmd/manager ./cmd/engine

FROM scratch AS base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 65532:65532

FROM base AS engine
COPY --from=build /out/engine /engine
ENTRYPOINT ["/engine"]

FROM base AS manager
COPY --from=build /out/manager /manager
ENTRYPOINT ["/manager"]

# The forwarder alone, where a Go image can be pulled. `make image` makes the same without one, the same bytes everywhere.
#   docker build --build-arg VERSION=1.2.3 --tag dispatch-events-aws:1.2.3 .
#   docker buildx build --platform linux/amd64,linux/arm64 …      compiles for both here, without emulation
# Engines without BuildKit set neither BUILDPLATFORM nor TARGETARCH: "linux" and "" are then the engine's own.
# `docker buildx imagetools inspect golang:1.26` tells the digest of a newer Go.
FROM --platform=${BUILDPLATFORM:-linux} golang:1.26.8@sha256:0f063af2d465d8dcae54cce04278ada488b96f77b42449c8d071e47d016cc65a AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY forwarder forwarder
COPY cmd/forwarder cmd/forwarder
ARG TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -o /forwarder \
    -ldflags "-s -w -X github.com/dispatchframework/dispatch-events-aws/forwarder/relay.Version=$VERSION" ./cmd/forwarder

FROM scratch
ARG VERSION=dev
ARG REVISION=
ARG CREATED=
LABEL org.opencontainers.image.title="dispatch-events-aws" \
      org.opencontainers.image.description="AWS events from an SQS queue, relayed as CloudEvents to Dispatch or any other receiver, without losing one" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/dispatchframework/dispatch-events-aws" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
COPY --from=build /forwarder /forwarder
USER 65532:65532
ENTRYPOINT ["/forwarder"]

# The forwarder alone, for machines that can pull a Go image. `make image` makes the same of a binary built outside.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY cmd cmd
COPY forwarder forwarder
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -o /forwarder \
    -ldflags "-s -w -X github.com/dispatchframework/dispatch-events-aws/cmd/relay.Version=$VERSION" ./cmd/forwarder

FROM scratch
COPY --from=build /forwarder /forwarder
USER 65532:65532
ENTRYPOINT ["/forwarder"]

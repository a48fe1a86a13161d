package relay

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/event"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/tracing"
)

// Run forwards events until ctx ends and then returns within the shutdown timeout. Its error says what the user can do.
func Run(ctx context.Context, s *Settings, log *zap.Logger) error {
	s.warn(log)
	warnOfPlainHTTP(s, log)
	log.Info("AWS region", zap.String("region", s.Region), zap.String("from", s.regionFrom))
	source, err := openQueue(ctx, s, log)
	if err != nil {
		return err
	}
	receiver, err := openSink(s, log)
	if err != nil {
		return err
	}
	defer receiver.Close()
	registry := prometheus.NewRegistry()
	events := &feed{Sink: receiver}
	options := options(s, source, receiver, log, registry)
	options.Sink = events
	defer trace(s, source, &options, log)()
	f := forwarder.New(options)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx)) // it answers during the shutdown, too
	defer stopServing()
	if err := serveAll(serving, s, registry, events, f.Health, log); err != nil {
		return err
	}
	announce(ctx, source, receiver, log)
	tuneGC(ctx, s.target().Scheme == "https")
	f.Run(ctx)
	log.Info("stopped")
	return nil
}

func options(
	s *Settings, source *queue.Queue, receiver *sink.Sink, log *zap.Logger, registry prometheus.Registerer,
) forwarder.Options {
	options := forwarder.Options{
		Source: source, Arrays: receiver.Arrays(), Ordered: source.FIFO, Visibility: source.Visibility,
		Event: s.toEvent(),
		Wait:  time.Duration(s.Duration) * time.Second, Linger: s.Linger,
		MaxInFlight: s.MaxInFlight, MaxInFlightBytes: s.MaxInFlightBytes, MaxPollers: s.MaxPollers, MaxRate: s.MaxRate,
		Reach: receiver.Reach, SinkTimeout: s.SinkTimeout, QuietTime: s.SinkSettle, ShutdownTimeout: s.ShutdownTimeout,
		Log: log, Metrics: registry,
	}
	if source.DeadLetterURL != "" {
		options.DeadLetter = source.DeadLetter
	}
	return options
}

func openSink(s *Settings, log *zap.Logger) (*sink.Sink, error) {
	receiver, err := sink.New(sink.Options{
		URL: s.target(), Format: s.Format, Timeout: s.SinkTimeout, Org: s.Org, Namespace: s.Namespace,
		SourceID: cmp.Or(s.SourceID, uuid.NewString()), UserAgent: "dispatch-events-aws/" + Version,
		Token: s.SinkToken, TokenFile: s.SinkTokenFile,
		CAFile: s.SinkCAFile, CertFile: s.SinkCertFile, KeyFile: s.SinkKeyFile, MaxConnAge: s.SinkMaxConnAge,
		Log: log,
	})
	if err != nil { // of a file that a setting names
		return nil, &settings.Error{Problems: []string{err.Error()}}
	}
	return receiver, nil
}

// warnOfPlainHTTP logs a warning if a secret goes unencrypted over a network that others may read.
func warnOfPlainHTTP(s *Settings, log *zap.Logger) {
	target := s.target()
	if target.Scheme != "http" || isLoopback(target.Hostname()) {
		return
	}
	if s.SinkToken+s.SinkTokenFile+target.User.String() != "" {
		log.Warn(
			"receiver's token goes over the network unencrypted: the receiver's address is not an https URL",
			zap.String("host", target.Host),
		)
	}
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// announce logs in one line what will be done; a receiver that cannot be reached yet is no error.
func announce(ctx context.Context, source *queue.Queue, receiver *sink.Sink, log *zap.Logger) {
	state := "listening"
	if err := receiver.Reach(ctx); err != nil {
		state = "not reachable yet, waiting for it: " + err.Error()
	}
	refused := "queue's redrive policy"
	if source.DeadLetterURL != "" {
		refused = source.DeadLetterURL
	}
	log.Info("forwarding events",
		zap.String("queue", source.URL), zap.Duration("visibility", source.Visibility), zap.Bool("fifo", source.FIFO),
		zap.Stringer("receiver", receiver), zap.String("receiver_state", state),
		zap.String("refused_events_go_to", refused), zap.String("version", Version))
}

// maxExportTime is the longest part of the shutdown timeout that is kept for exporting the last spans.
const maxExportTime = 2 * time.Second

// trace turns on the tracing of events if the OTEL_* variables ask for it.
func trace(s *Settings, source *queue.Queue, options *forwarder.Options, log *zap.Logger) (stop func()) {
	if s.spans == nil {
		return func() {}
	}
	tracer := tracing.New(s.spans, source.URL, s.target(), Version, log)
	options.Trace = func(m *queue.Message, e *event.Event) forwarder.Span { return tracer.Begin(m, e) }
	exportTime := min(maxExportTime, s.ShutdownTimeout/4)
	options.ShutdownTimeout -= exportTime
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), exportTime)
		defer cancel()
		if err := tracer.Close(ctx); err != nil {
			log.Warn("last spans are lost", zap.Error(err))
		}
	}
}

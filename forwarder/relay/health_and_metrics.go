package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/dispatchframework/dispatch-events-aws/forwarder"
)

// serveAll answers /livez, /readyz and /metrics at ADMIN_ADDR, and /events at EVENTS_ADDR, until ctx ends. Both answer
// /readyz, so that a client needs only one of the two addresses.
func serveAll(
	ctx context.Context, s *Settings, metrics *prometheus.Registry, events *feed, health func() forwarder.Health,
	log *zap.Logger,
) error {
	buildInfo := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "dispatch_events", Name: "build_info", Help: "1, with the version of the forwarder and of Go.",
		ConstLabels: prometheus.Labels{"version": Version, "goversion": runtime.Version()},
	})
	buildInfo.Set(1)
	metrics.MustRegister(
		buildInfo, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	isReady := func(w http.ResponseWriter, _ *http.Request) { ready(w, health(), events) }
	admin, streaming := http.NewServeMux(), http.NewServeMux()
	admin.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	admin.HandleFunc("GET /readyz", isReady)
	admin.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	streaming.HandleFunc("GET /readyz", isReady)
	streaming.HandleFunc("GET /events", events.stream)
	if host, _, err := net.SplitHostPort(s.EventsAddr); err == nil && !isLoopback(host) {
		log.Warn("anyone who can connect to EVENTS_ADDR can read the events in full", zap.String("address", s.EventsAddr))
	}
	if err := serve(ctx, "ADMIN_ADDR", s.AdminAddr, admin, log); err != nil {
		return err
	}
	return serve(ctx, "EVENTS_ADDR", s.EventsAddr, streaming, log)
}

// serve answers requests until ctx ends. A client can use only a little memory, and not for long: a connection is
// closed after its answer, or after five seconds without a request. The number of connections is not limited, because a
// client that took them all would lock out the health check.
func serve(ctx context.Context, setting, address string, handler http.Handler, log *zap.Logger) error {
	if address == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serve %s: %w\nchoose another address, or an empty one to turn this off", setting, err)
	}
	log = log.With(zap.String("setting", setting))
	log.Info("serving HTTP", zap.Stringer("address", listener.Addr()))
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: 8 << 10,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		ErrorLog:          zap.NewStdLog(log),
	}
	server.SetKeepAlivesEnabled(false)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("HTTP server ended", zap.Error(err))
		}
	}()
	return nil
}

// ready reports the state of the queue and of the receiver. If either has an error the status is 503; the text says
// which one and why, and how many events were delivered.
func ready(w http.ResponseWriter, health forwarder.Health, events *feed) {
	if health.Queue != nil || health.Receiver != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = fmt.Fprintf(w, "queue: %s\nreceiver: %s\ndelivered: %s\n",
		orOK(health.Queue), orOK(health.Receiver), events.summary())
}

func orOK(err error) string {
	if err == nil {
		return "ok"
	}
	return err.Error()
}

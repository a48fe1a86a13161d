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

// serveAdmin answers /livez, /readyz, /metrics and /events. An empty address turns it off.
func serveAdmin(address string, metrics *prometheus.Registry, f *forwarder.Forwarder, told *feed, log *zap.Logger) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serve ADMIN_ADDR: %w\nanother address, or an empty one to turn it off, is accepted", err)
	}
	metrics.MustRegister(buildInfo(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { ready(w, f.Health()) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /events", told.events)
	log.Info("serving /livez, /readyz, /metrics and /events", zap.Stringer("address", listener.Addr()))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin server ended", zap.Error(err))
		}
	}()
	return func() { _ = server.Close() }, nil
}

// buildInfo is 1, and its labels say what is running.
func buildInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "dispatch_events", Name: "build_info", Help: "1, with the version of the forwarder and of Go.",
		ConstLabels: prometheus.Labels{"version": Version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}

// ready tells the two ends apart: one that is not well makes the whole not ready, and the text says which and why.
func ready(w http.ResponseWriter, health forwarder.Health) {
	if health.Queue != nil || health.Receiver != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	say := func(name string, err error) {
		text := "ok"
		if err != nil {
			text = err.Error()
		}
		_, _ = fmt.Fprintf(w, "%s: %s\n", name, text)
	}
	say("queue", health.Queue)
	say("receiver", health.Receiver)
}

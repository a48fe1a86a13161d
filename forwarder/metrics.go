package forwarder

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are what an operator watches: how old events are when they arrive, and what delays them.
type metrics struct {
	receives, receiveFailures             prometheus.Counter
	received, delivered, refused, retried prometheus.Counter
	deleted, deleteFailures, renewals     prometheus.Counter
	inFlight, maxInFlight                 prometheus.Gauge
	pollers, receiver, limit              prometheus.Gauge
	requests                              *prometheus.HistogramVec
	eventAge, messageAge                  prometheus.Histogram
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	register := promauto.With(prometheus.WrapRegistererWithPrefix("dispatch_events_", registerer))
	counter := func(name, help string) prometheus.Counter {
		return register.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return register.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	histogram := func(name, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: buckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}
	}
	ages := []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21600}
	return &metrics{
		receives:        counter("receives_total", "Receive calls that succeeded, with or without messages."),
		receiveFailures: counter("receive_failures_total", "Receive calls that failed."),
		received:        counter("received_total", "Messages received from the queue."),
		delivered:       counter("delivered_total", "Events that the receiver accepted."),
		refused:         counter("refused_total", "Events that the receiver refused for good, or that cannot be encoded."),
		retried: counter(
			"retried_total", "Events kept to be sent again after a failed request; each such request counts an event anew.",
		),
		deleted:        counter("deleted_total", "Messages deleted from the queue."),
		deleteFailures: counter("delete_failures_total", "Failed attempts to delete a message."),
		renewals:       counter("renewals_total", "Renewals of a message's visibility timeout."),
		inFlight:       gauge("in_flight", "Messages that are held now: received, and not yet deleted or released."),
		maxInFlight:    gauge("max_in_flight", "Messages that may be held at once."),
		pollers:        gauge("pollers", "Pollers that exist now, including those that wait before their next receive."),
		limit:          gauge("concurrency_limit", "Requests to the receiver that may be in progress at once."),
		receiver:       gauge("receiver_up", "1 while the receiver accepts events, otherwise 0."),
		requests: register.NewHistogramVec(histogram(
			"request_duration_seconds", "Duration of a request to the receiver, by outcome.", prometheus.DefBuckets,
		), []string{"fate"}),
		eventAge: register.NewHistogram(histogram(
			"event_age_seconds", "Age of an event at delivery, counted from the time that the event states.", ages,
		)),
		messageAge: register.NewHistogram(histogram(
			"message_age_seconds", "Age of a message at delivery, counted from when it was sent to the queue.", ages,
		)),
	}
}

package grafana_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// unused are metrics of the forwarder that neither a panel nor an alert shows, and why.
var unused = map[string]string{}

// forward runs a forwarder until it has delivered some events and one was refused, and returns its metrics.
func forward(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	s := queuetest.Start(t)
	dead := s.Create("dead", queuetest.Queue{})
	q := s.Create("events", queuetest.Queue{})
	var served atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if served.Add(1) == 1 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}))
	t.Cleanup(receiver.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_CA_BUNDLE": "", "AWS_REGION": "us-west-2",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
		"QUEUE_URL": q.URL, "DEAD_LETTER_QUEUE_URL": dead.URL, "SINK_URL": receiver.URL, "ADMIN_ADDR": "127.0.0.1:0",
	} {
		t.Setenv(name, value)
	}
	var of relay.Settings
	if err := settings.Load(&of, nil); err != nil {
		t.Fatal(err)
	}
	address, log := admin()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx, &of, log) }()
	defer func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	for i := range 5 {
		q.Send(fmt.Sprintf(`{"version":"0","id":"%d","detail-type":"T","source":"aws.ec2","account":"1",`+
			`"time":"2026-11-22T05:30:00Z","region":"r","resources":[],"detail":{}}`, i))
	}
	if err := q.Wait(t.Context(), queuetest.Drained); err != nil {
		t.Fatal(err)
	}
	select {
	case at := <-address:
		return scrape(t, at)
	case err := <-ended:
		ended <- err
		t.Fatal("ended before it served metrics")
		return nil
	}
}

// admin is a log, and the address that the forwarder writes to it.
func admin() (<-chan string, *zap.Logger) {
	address := make(chan string, 1)
	return address, zap.New(addresses{LevelEnabler: zap.InfoLevel, found: address})
}

// addresses is a log that looks for one line.
type addresses struct {
	zapcore.LevelEnabler
	found chan string
	with  []zapcore.Field // of every line
}

func (a addresses) With(fields []zapcore.Field) zapcore.Core {
	a.with = slices.Concat(a.with, fields)
	return a
}

func (a addresses) Sync() error { return nil }

func (a addresses) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return c.AddCore(e, a)
}

func (a addresses) Write(_ zapcore.Entry, fields []zapcore.Field) error {
	encoder := zapcore.NewMapObjectEncoder()
	for _, f := range slices.Concat(a.with, fields) {
		f.AddTo(encoder)
	}
	if encoder.Fields["setting"] == "ADMIN_ADDR" {
		a.found <- encoder.Fields["address"].(string)
	}
	return nil
}

// scrape asks as a Prometheus does that knows native histograms.
func scrape(t *testing.T, address string) map[string]*dto.MetricFamily {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", string(expfmt.NewFormat(expfmt.TypeProtoDelim)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	families := map[string]*dto.MetricFamily{}
	decoder := expfmt.NewDecoder(response.Body, expfmt.ResponseFormat(response.Header))
	for {
		var f dto.MetricFamily
		switch err := decoder.Decode(&f); {
		case errors.Is(err, io.EOF):
			return families
		case err != nil:
			t.Fatal(err)
		}
		families[f.GetName()] = &f
	}
}

// TestMetrics holds dashboard and alerts against what a forwarder that runs tells of itself.
func TestMetrics(t *testing.T) {
	families := forward(t)
	used := map[string]bool{}
	queries := append(slices.Collect(maps.Values(readBoard(t).expressions())), string(read(t, "alerts.yaml")))
	for _, name := range named(queries...) {
		family := families[name]
		if classic, ok := strings.CutSuffix(name, "_bucket"); ok && family == nil {
			family = families[classic]
			if family != nil && len(family.GetMetric()[0].GetHistogram().GetBucket()) == 0 {
				t.Errorf("%s: no classic histogram", classic)
			}
		} else if family.GetType() == dto.MetricType_HISTOGRAM &&
			len(family.GetMetric()[0].GetHistogram().GetPositiveSpan()) == 0 {
			t.Errorf("%s: no native histogram", name)
		}
		if family == nil {
			t.Errorf("%s is asked for, and the forwarder does not have it", name)
		}
		used[family.GetName()] = true
	}
	for name, family := range families {
		if strings.HasPrefix(name, "dispatch_events_") && !used[name] && unused[name] == "" {
			t.Errorf("%s is neither shown nor named as unused", name)
		}
		if family.GetType() == dto.MetricType_COUNTER != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s by name, and is none", name, family.GetType())
		}
	}
	for name := range unused {
		if families[name] == nil || used[name] {
			t.Errorf("%s is named as unused", name)
		}
	}
}

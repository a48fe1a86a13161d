package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// prometheus is one that scrapes the forwarder.
type prometheus struct {
	*child
	url string
}

func startPrometheus(ctx context.Context, dir, alerts, target string) (*prometheus, error) {
	alerts, err := filepath.Abs(alerts)
	if err != nil {
		return nil, fmt.Errorf("find the alerts: %w", err)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "prometheus.yaml")
	text := fmt.Sprintf("global: {scrape_interval: %s, evaluation_interval: 5s}\nrule_files: [%q]\nscrape_configs:\n"+
		"  - job_name: forwarder\n    static_configs: [{targets: [%q]}]\n", scrapeEvery, alerts, target)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("configure prometheus: %w", err)
	}
	c, err := start(ctx, nil, "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "tsdb"),
		"--web.listen-address="+address, "--enable-feature=native-histograms", "--log.level=warn")
	if err != nil {
		return nil, err
	}
	return &prometheus{child: c, url: "http://" + address}, nil
}

// freeAddress is one of this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback)
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}

// series is a line of a graph, as Prometheus answers it.
type series struct {
	Metric map[string]string `json:"metric"`
	Values [][2]any          `json:"values,omitempty"` // time and text, of a range
	Value  [2]any            `json:"value"`            // of an instant
}

// answers are the series of each panel's targets.
type answers struct {
	From    int64              `json:"from"`
	To      int64              `json:"to"`
	Targets map[int][][]series `json:"targets"`
}

// ask puts all queries of the dashboard.
func (p *prometheus) ask(ctx context.Context, d *dashboard, from, to time.Time) (*answers, error) {
	a := &answers{From: from.Unix(), To: to.Unix(), Targets: map[int][][]series{}}
	for _, panel := range d.Panels {
		for _, t := range panel.Targets {
			found, err := p.query(ctx, substitute(t.Expr), t.Instant, from, to)
			if err != nil {
				return nil, fmt.Errorf("panel %q: %w", panel.Title, err)
			}
			a.Targets[panel.ID] = append(a.Targets[panel.ID], found)
		}
	}
	return a, nil
}

// substitute does for a query what Grafana does.
func substitute(expr string) string {
	return strings.NewReplacer("$__rate_interval", (6 * scrapeEvery).String(), "$job", ".*", "$instance", ".*").Replace(expr)
}

func (p *prometheus) query(ctx context.Context, expr string, instant bool, from, to time.Time) ([]series, error) {
	seconds := func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
	path, values := "/api/v1/query_range", url.Values{"query": {expr}, "start": {seconds(from)}, "end": {seconds(to)}, "step": {scrapeEvery.String()}}
	if instant {
		path, values = "/api/v1/query", url.Values{"query": {expr}, "time": {seconds(to.Add(-2 * scrapeEvery))}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path+"?"+values.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask prometheus: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask prometheus: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var got struct {
		Status, Error string
		Data          struct{ Result []series }
	}
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		return nil, fmt.Errorf("read prometheus' answer: %w", err)
	}
	if got.Status != "success" {
		return nil, fmt.Errorf("%s: %s", expr, got.Error)
	}
	return got.Data.Result, nil
}

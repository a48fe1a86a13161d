// Command picture makes dashboard.png: it runs a forwarder under load, through an outage of the receiver, has Prometheus scrape it,
// puts the queries of dashboard.json to that Prometheus, and draws their answers on a page of its own, which chromium photographs.
// It is no Grafana: the queries, the titles and the places of the panels are the dashboard's, the lines are drawn here.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// scrapeEvery is far more often than anybody scrapes, so that a few minutes make a picture.
const scrapeEvery = 2 * time.Second

func main() {
	var s shot
	flag.StringVar(&s.forwarder, "forwarder", "bin/forwarder", "the forwarder (make build)")
	flag.StringVar(&s.folder, "folder", "examples/grafana", "where dashboard.json and alerts.yaml are")
	flag.StringVar(&s.out, "out", "examples/grafana/dashboard.png", "where the picture goes")
	flag.DurationVar(&s.length, "length", 6*time.Minute, "length of the run")
	flag.StringVar(&s.kept, "keep", "", "where the page goes, too, if anywhere")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := s.take(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

// shot is one picture.
type shot struct {
	forwarder, folder, out, kept string
	length                       time.Duration
}

func (s *shot) take(ctx context.Context) error {
	for _, program := range []string{"prometheus", "chromium", s.forwarder} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("find what it takes: %w", err)
		}
	}
	board, err := readDashboard(filepath.Join(s.folder, "dashboard.json"))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "picture")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	metrics, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	prometheus, err := startPrometheus(ctx, dir, filepath.Join(s.folder, "alerts.yaml"), metrics)
	if err != nil {
		return err
	}
	defer prometheus.end()
	from := time.Now()
	if err := (&scene{length: s.length}).play(ctx, s.forwarder, metrics); err != nil {
		return err
	}
	answers, err := prometheus.ask(ctx, board, from, time.Now())
	if err != nil {
		return err
	}
	page := filepath.Join(dir, "page.html")
	if s.kept != "" {
		if page, err = filepath.Abs(s.kept); err != nil {
			return fmt.Errorf("find the page's place: %w", err)
		}
	}
	if err := writePage(page, board, answers); err != nil {
		return err
	}
	return photograph(ctx, page, s.out, dir, board.height())
}

// child is a program that ends with the context, in order.
type child struct {
	command *exec.Cmd
	stop    context.CancelFunc
}

func start(ctx context.Context, environment []string, program string, args ...string) (*child, error) {
	ctx, stop := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), environment...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	if err := command.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return &child{command: command, stop: stop}, nil
}

func (c *child) end() {
	c.stop()
	var exit *exec.ExitError
	if err := c.command.Wait(); err != nil && !errors.As(err, &exit) && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "picture: end", c.command.Path+":", err)
	}
}

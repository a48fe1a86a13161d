package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

var notInFileNames = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// launchForwarder starts the forwarder, with settings beside those of the mode.
func (o *options) launchForwarder(round int, more ...string) launch {
	return func(ctx context.Context, r *run) (*process, error) {
		environment, err := r.environment()
		if err != nil {
			return nil, err
		}
		environment = append(environment, more...)
		if o.forwarder != "" && o.profile == "" {
			return startProgram(ctx, "forwarder", environment, o.forwarder)
		}
		t := r.task
		if o.profile != "" {
			name := notInFileNames.ReplaceAllString(t.Mode.Name, "-")
			t.Profile = filepath.Join(o.profile, fmt.Sprintf("%s-%d", name, round+1))
		}
		return start(ctx, roleForwarder, &t, environment...)
	}
}

// environment gives the forwarder its settings: what the mode needs, and otherwise the defaults that everybody has.
func (r *run) environment() ([]string, error) {
	queue, err := url.Parse(r.QueueURL)
	if err != nil {
		return nil, fmt.Errorf("read the queue's URL: %w", err)
	}
	e := append(slices.Clone(r.trust),
		"AWS_ENDPOINT_URL="+queue.Scheme+"://"+queue.Host, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"QUEUE_URL="+r.QueueURL, "ADMIN_ADDR=127.0.0.1:0", "LINGER="+r.Mode.Linger.String(),
	)
	if r.Mode.MaxInFlight > 0 {
		e = append(e, "MAX_IN_FLIGHT="+strconv.Itoa(r.Mode.MaxInFlight))
	}
	receiver := strings.TrimPrefix(r.ReceiverURL, "http://")
	switch r.Mode.Format {
	case batch, structured:
		return append(e, "SINK_URL="+r.ReceiverURL+"/events", "FORMAT="+r.Mode.Format), nil
	case dispatch:
		return append(e, "DISPATCH_API_ENDPOINT="+receiver, "AUTH_TOKEN=bench"), nil
	}
	return append(e, "DISPATCH_API_ENDPOINT="+receiver), nil
}

// runForwarder is the forwarder in this program's own process: the code of cmd/forwarder from its settings on. What is
// shipped has no profiler, so the bench brings one.
func runForwarder(ctx context.Context, t *task) error {
	var s relay.Settings
	if err := settings.Load(&s, nil); err != nil {
		return err
	}
	log, err := relay.NewLog(&s, os.Stderr)
	if err != nil {
		return err
	}
	if t.Profile == "" {
		return relay.Run(ctx, &s, log)
	}
	file, err := os.Create(t.Profile + ".cpu.pprof")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = relay.Run(ctx, &s, log)
	pprof.StopCPUProfile()
	allocations, failed := os.Create(t.Profile + ".allocs.pprof")
	if failed != nil {
		return errors.Join(err, failed)
	}
	return errors.Join(err, file.Close(), pprof.Lookup("allocs").WriteTo(allocations, 0), allocations.Close())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/pprof"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// launchForwarder starts the forwarder, with settings beside those of the mode.
func (o *options) launchForwarder(round int, more ...string) launch {
	return func(ctx context.Context, r *run) (*process, error) {
		environment, err := r.environment(more...)
		if err != nil {
			return nil, err
		}
		if o.forwarder != "" && o.profile == "" {
			return startProgram(ctx, "forwarder", environment, o.forwarder)
		}
		profile := ""
		if o.profile != "" {
			name := regexp.MustCompile(`[^A-Za-z0-9.]+`).ReplaceAllString(r.mode.Name, "-")
			profile = filepath.Join(o.profile, fmt.Sprintf("%s-%d", name, round+1))
		}
		return start(ctx, roleForwarder, profile, environment...)
	}
}

// environment gives the forwarder its settings: what the mode needs, and otherwise the defaults that everybody has.
func (r *run) environment(more ...string) ([]string, error) {
	queue, err := url.Parse(r.url)
	if err != nil {
		return nil, fmt.Errorf("read the queue's URL: %w", err)
	}
	e := []string{
		"AWS_ENDPOINT_URL=" + queue.Scheme + "://" + queue.Host, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"QUEUE_URL=" + r.url, "ADMIN_ADDR=127.0.0.1:0", "LINGER=" + r.mode.Linger.String(),
	}
	e = append(append(e, r.trust()...), more...)
	address, err := url.Parse(r.address)
	if err != nil {
		return nil, fmt.Errorf("read the receiver's address: %w", err)
	}
	switch r.mode.Format {
	case batch, structured:
		return append(e, "SINK_URL="+r.address+"/events", "FORMAT="+r.mode.Format), nil
	case dispatch:
		return append(e, "DISPATCH_API_ENDPOINT="+address.Host, "AUTH_TOKEN=bench"), nil
	}
	return append(e, "DISPATCH_API_ENDPOINT="+address.Host), nil
}

// runForwarder is the forwarder in this program's own process: the code of cmd/forwarder from its settings on. What is
// shipped has no profiler, so the bench brings one; profile is what the names of its files begin with.
func runForwarder(ctx context.Context, profile string) error {
	var s relay.Settings
	if err := settings.Load(&s, nil); err != nil {
		return err
	}
	log, err := relay.NewLog(&s, os.Stderr)
	if err != nil {
		return err
	}
	if profile == "" {
		return relay.Run(ctx, &s, io.Discard, log)
	}
	file, err := os.Create(profile + ".cpu.pprof")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	err = relay.Run(ctx, &s, io.Discard, log)
	pprof.StopCPUProfile()
	allocations, failed := os.Create(profile + ".allocs.pprof")
	if failed != nil {
		return errors.Join(err, failed)
	}
	return errors.Join(err, file.Close(), pprof.Lookup("allocs").WriteTo(allocations, 0), allocations.Close())
}

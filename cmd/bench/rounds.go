package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
)

// measureAll measures every mode that was asked for, floor and forwarder in turn.
func (o *options) measureAll(ctx context.Context) ([]result, error) {
	if o.profile != "" {
		if err := os.MkdirAll(o.profile, 0o750); err != nil { //nolint:gosec // who runs the bench names the folder
			return nil, fmt.Errorf("make folder for profiles: %w", err)
		}
	}
	var results []result
	for _, m := range modes(o.full) {
		if !o.only.MatchString(m.Name) {
			continue
		}
		r := result{Mode: m.Name, mode: m}
		for round := range o.rounds {
			if err := o.round(ctx, &r, round); err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", m.Name, round+1, err)
			}
		}
		results = append(results, r)
	}
	return results, nil
}

func (o *options) round(ctx context.Context, r *result, round int) error {
	floor, err := measure(ctx, &r.mode, o.launchFloor(round))
	if err != nil {
		return err
	}
	ours, err := measure(ctx, &r.mode, o.launchForwarder(round))
	if err != nil {
		return err
	}
	r.Floor, r.Ours = append(r.Floor, floor), append(r.Ours, ours)
	_, _ = fmt.Fprintf(os.Stderr, "%-34s %d/%d  %s\n", r.Mode, round+1, o.rounds, progress(&ours, &floor))
	return nil
}

func (o *options) launchFloor(round int) launch {
	return func(ctx context.Context, s *stage) (*child, error) {
		loops, posts := s.mode.floorLoops()
		return start(ctx, roleFloor, floor{
			Queue: s.url, Receiver: s.mode.Receiver.scheme() + "://" + s.address + "/", Arrays: s.mode.arrays(), Loops: loops, Posts: posts,
			Plain: !o.least, Profile: o.profiles(s, "floor", round),
		}, s.trust()...)
	}
}

func (o *options) launchForwarder(round int) launch {
	return func(ctx context.Context, s *stage) (*child, error) {
		environment, err := s.mode.environment(s.url, s.address)
		if err != nil {
			return nil, err
		}
		return o.startForwarder(ctx, o.profiles(s, "forwarder", round), append(environment, s.trust()...))
	}
}

func (o *options) startForwarder(ctx context.Context, p profile, environment []string) (*child, error) {
	if o.forwarder != "" && o.profile == "" {
		return startProgram(ctx, "forwarder", environment, o.forwarder)
	}
	return start(ctx, roleForwarder, p, environment...)
}

var unfit = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// profiles names the profiles of one run. A program that writes them has to end in order.
func (o *options) profiles(s *stage, program string, round int) profile {
	if o.profile == "" {
		return ""
	}
	s.orderly = true
	return profile(filepath.Join(o.profile, fmt.Sprintf("%s-%s-%d", unfit.ReplaceAllString(s.mode.Name, "-"), program, round+1)))
}

// environment gives the forwarder its settings: what the mode needs, and otherwise the defaults that everybody has.
func (m *mode) environment(queueURL, receiver string) ([]string, error) {
	queue, err := url.Parse(queueURL)
	if err != nil {
		return nil, fmt.Errorf("read the queue's URL: %w", err)
	}
	e := []string{
		"AWS_ENDPOINT_URL=" + queue.Scheme + "://" + queue.Host, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"QUEUE_URL=" + queueURL, "ADMIN_ADDR=" + loopback, "LINGER=" + m.Linger.String(),
	}
	switch m.Format {
	case batch, structured:
		return append(e, "SINK_URL="+m.Receiver.scheme()+"://"+receiver+"/events", "FORMAT="+m.Format), nil
	case dispatch:
		return append(e, "DISPATCH_API_ENDPOINT="+receiver, "AUTH_TOKEN=bench"), nil
	}
	return append(e, "DISPATCH_API_ENDPOINT="+receiver), nil
}

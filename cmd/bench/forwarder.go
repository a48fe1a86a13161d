package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/child"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// forwarderRole is the only argument if this program is to run as the forwarder.
const forwarderRole = "forwarder"

// startForwarder starts the forwarder with the settings that the mode needs, and otherwise the defaults.
func startForwarder(program string) launch {
	return func(r *run) (*child.Process, error) {
		queue, err := url.Parse(r.queue.URL)
		if err != nil {
			return nil, fmt.Errorf("read the queue's URL: %w", err)
		}
		env := append(slices.Clone(r.trust),
			"AWS_ENDPOINT_URL="+queue.Scheme+"://"+queue.Host, "AWS_REGION=us-east-1",
			"AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true",
			"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
			"QUEUE_URL="+r.queue.URL, "FORMAT="+r.mode.format, "AUTH_TOKEN=bench",
			"ADMIN_ADDR=127.0.0.1:0", "LINGER="+r.mode.linger.String(),
		)
		if r.mode.format == dispatch || r.mode.format == sidecar {
			env = append(env, "DISPATCH_API_ENDPOINT="+strings.TrimPrefix(r.receiverURL, "http://"))
		} else {
			env = append(env, "SINK_URL="+r.receiverURL+"/events")
		}
		options := child.Options{Name: forwarderRole, Env: env}
		if program != "" {
			return child.Start(options, program)
		}
		return startRole(options)
	}
}

// startRole starts this program again in the role that the options name.
func startRole(o child.Options, args ...string) (*child.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return child.Start(o, self, slices.Insert(args, 0, o.Name)...)
}

// runForwarder runs the forwarder in this process, with the same code as cmd/forwarder.
func runForwarder(ctx context.Context) error {
	var s relay.Settings
	if err := settings.Load(&s, nil); err != nil {
		return err
	}
	return relay.Run(ctx, &s, relay.NewLog(&s, os.Stderr))
}

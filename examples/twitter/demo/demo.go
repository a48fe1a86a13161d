package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dispatchframework/dispatch-events-aws/examples/demo/localaws"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// demo is one run.
type demo struct {
	Config
	say      func(string, ...any)
	folder   string
	local    *localaws.Server
	account  *account
	x        *script
	function *script
	dispatch *dispatch
	page     *page
	forward  sync.WaitGroup
	stop     context.CancelFunc // of the forwarder
	ended    error              // of the forwarder
}

const (
	twitterFolder = "examples/twitter"
	watched       = "images/"
	runTimeout    = 3 * time.Minute
)

func (d *demo) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{d.prepare, d.serve, d.bringUp, d.upload, d.check, d.keep} {
		if err := step(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
	return nil
}

// prepare starts AWS and X.
func (d *demo) prepare(ctx context.Context) (err error) {
	if d.folder, err = os.MkdirTemp("", "dispatch-events-aws-twitter-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	d.say("starting AWS and X on this machine")
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		d.local, err = localaws.Start(ctx, localaws.Options{})
		return err
	})
	both.Go(func() (err error) {
		d.x, err = startScript(ctx, "X_API_URL", nil, twitterFolder+"/stand_in/x_stand_in.py")
		return err
	})
	if err := both.Wait(); err != nil {
		return err
	}
	return useOnly(d.local.Env())
}

// serve starts what Dispatch is here: the function's server, the receiver that calls it; and the page.
func (d *demo) serve(ctx context.Context) (err error) {
	d.account = newAccount(d.local.URL, d.Region)
	env := append(os.Environ(), "X_API_URL="+d.x.url)
	if d.function, err = startScript(ctx, "FUNCTION_URL", env, twitterFolder+"/stand_in/function_server.py"); err != nil {
		return err
	}
	secrets, err := readSecrets(twitterFolder+"/secrets/twitter.json", twitterFolder+"/secrets/aws.json")
	if err != nil {
		return err
	}
	if d.dispatch, err = startDispatch(ctx, d.function.url, secrets, d.say); err != nil {
		return err
	}
	if d.page, err = startPage(ctx, d); err != nil {
		return err
	}
	d.say("AWS is at %s, X at %s, Dispatch at %s; watch the page: %s", d.local.URL, d.x.url, d.dispatch.address, d.page.url)
	return nil
}

func (d *demo) bucket() string { return d.Name + "-pictures" }

// bringUp makes the stack and relays its queue.
func (d *demo) bringUp(ctx context.Context) error {
	s := &stack.Stack{
		Name: d.Name, Modules: terraform.Files, Folder: filepath.Join(d.folder, "stack"),
		PluginDir: os.Getenv("PLUGIN_DIR"), Report: reporter(d.say),
		Approve: func(context.Context, stack.Plan) (bool, error) { return true, nil },
	}
	outputs, err := s.Up(ctx, stack.Options{
		Region: d.Region, Bucket: d.bucket(), Prefixes: []string{watched}, ObjectEvents: d.ObjectEvents,
		MaxReceiveCount: 10, Visibility: 60, Retention: 1209600,
	})
	if err != nil {
		return err
	}
	d.account.queue = outputs.Text("queue_url")
	return d.startForwarder(ctx)
}

func (d *demo) startForwarder(ctx context.Context) error {
	if err := os.Setenv("AUTH_TOKEN", d.dispatch.token); err != nil { // as Dispatch hands it over
		return fmt.Errorf("set AUTH_TOKEN: %w", err)
	}
	var s relay.Settings
	endpoint := strings.TrimPrefix(d.dispatch.address, "http://")
	args := []string{"--format=dispatch", "--queue-url=" + d.account.queue, "--region=" + d.Region, "--dispatch-api-endpoint=" + endpoint, "--admin-addr="}
	if err := settings.Load(&s, args); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(d.folder, "forwarder.log"))
	if err != nil {
		return fmt.Errorf("make the forwarder's log: %w", err)
	}
	log, err := relay.NewLog(&s, file)
	if err != nil {
		return err
	}
	ctx, d.stop = context.WithCancel(ctx)
	d.forward.Go(func() {
		defer func() { _ = file.Close() }()
		d.ended = relay.Run(ctx, &s, file, log)
	})
	d.say("the forwarder relays queue %s", d.Name)
	return nil
}

// keep leaves everything up until Ctrl-C, when asked to.
func (d *demo) keep(ctx context.Context) error {
	if !d.Keep {
		return nil
	}
	d.say("All stays up until Ctrl-C; the page is %s. Put a picture of yours:", d.page.url)
	d.say("%s aws s3 cp PICTURE s3://%s/%s --metadata text=hello --region %s", strings.Join(d.local.Env(), " "), d.bucket(), watched, d.Region)
	<-ctx.Done()
	return nil
}

// end ends what runs, after success and after failure; the page stays, in a file.
func (d *demo) end() error {
	var errs []error
	if d.stop != nil {
		d.stop()
		d.forward.Wait()
		errs = append(errs, d.ended)
	}
	if d.page != nil {
		errs = append(errs, d.page.save(d.Page), d.page.server.Close())
	}
	if d.dispatch != nil {
		errs = append(errs, d.dispatch.close())
	}
	for _, s := range []*script{d.function, d.x} {
		if s != nil {
			errs = append(errs, s.stop())
		}
	}
	if d.local != nil {
		d.local.Stop()
	}
	if d.folder != "" {
		errs = append(errs, os.RemoveAll(d.folder))
	}
	return errors.Join(errs...)
}

// useOnly gives this process, and those that it starts, these AWS settings and none of the person's own.
func useOnly(env []string) error {
	for _, kept := range os.Environ() {
		if name, _, _ := strings.Cut(kept, "="); strings.HasPrefix(name, "AWS_") {
			if err := os.Unsetenv(name); err != nil {
				return fmt.Errorf("unset %s: %w", name, err)
			}
		}
	}
	for _, setting := range env {
		name, value, _ := strings.Cut(setting, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// serveOn serves on a free port of loopback.
func serveOn(ctx context.Context, handler http.Handler) (*http.Server, string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // until it is closed
	return server, "http://" + listener.Addr().String(), nil
}

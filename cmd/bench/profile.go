package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/pprof"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// runForwarder is the forwarder in this program's own process: the code of cmd/forwarder from its settings on. What is
// shipped holds no profiler, so the bench brings one.
func runForwarder(ctx context.Context) error {
	var s relay.Settings
	if err := settings.Load(&s, nil); err != nil {
		return err
	}
	log, err := relay.NewLog(&s, os.Stderr)
	if err != nil {
		return err
	}
	return relay.Run(ctx, &s, io.Discard, log)
}

// profile is what the names of a process's profiles begin with; empty if none are asked for.
type profile string

// during profiles what the function does: its CPU time, and all allocations of the process.
func (p profile) during(do func() error) error {
	if p == "" {
		return do()
	}
	err := written(string(p)+".cpu.pprof", func(file io.Writer) error {
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
		return do()
	})
	if err != nil {
		return err
	}
	return written(string(p)+".allocs.pprof", func(file io.Writer) error { return pprof.Lookup("allocs").WriteTo(file, 0) })
}

func written(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	err = write(file)
	if closed := file.Close(); err == nil && closed != nil {
		err = fmt.Errorf("write profile: %w", closed)
	}
	return err
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"github.com/dispatchframework/dispatch-events-aws/cmd/relay"
	"github.com/dispatchframework/dispatch-events-aws/cmd/settings"
)

// profiled is the forwarder in this program's own process, for profiles. It is the code of cmd/forwarder from its settings on;
// what is shipped holds no profiler, so the bench brings it.
type profiled struct {
	File string // its CPU profile; allocations go to a file beside it. Empty: none.
}

func runForwarder(p *profiled) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var s relay.Settings
	if err := settings.Load(&s, nil); err != nil {
		return err
	}
	log, err := relay.NewLog(&s, os.Stderr)
	if err != nil {
		return err
	}
	if p.File == "" {
		return relay.Run(ctx, &s, io.Discard, log)
	}
	file, err := os.Create(p.File + ".cpu.pprof")
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	defer func() { _ = file.Close() }() // a profile that is cut off is seen by its reader
	if err := pprof.StartCPUProfile(file); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	err = relay.Run(ctx, &s, io.Discard, log)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	return writeAllocations(p.File + ".allocs.pprof")
}

func writeAllocations(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	err = pprof.Lookup("allocs").WriteTo(file, 0)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

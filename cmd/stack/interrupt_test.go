package main

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestThreeInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		var killed atomic.Bool
		var errs strings.Builder
		c := &program{stderr: &errs, signals: signals, kill: func() { killed.Store(true) }}
		ctx, stop := c.interruptible(t.Context(), "up")
		signals <- os.Interrupt
		synctest.Wait()
		if ctx.Err() == nil || !strings.Contains(errs.String(), "up is being ended in order") || killed.Load() {
			t.Errorf("after the first: %v, %q", ctx.Err(), errs.String())
		}
		signals <- os.Interrupt
		synctest.Wait()
		if !strings.Contains(errs.String(), "leaves the state's lock held, and what it is creating unrecorded") ||
			killed.Load() {
			t.Errorf("after the second: %q", errs.String())
		}
		signals <- os.Interrupt
		synctest.Wait()
		if !killed.Load() {
			t.Error("the third does not kill")
		}
		stop()
	})
}

func TestNothingIsInterruptedAfterItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		c := &program{stderr: &strings.Builder{}, signals: signals}
		_, stop := c.interruptible(t.Context(), "up")
		stop()
		signals <- os.Interrupt
		ctx, stop := c.interruptible(t.Context(), "down")
		synctest.Wait()
		if ctx.Err() == nil {
			t.Error("the next run does not hear the signal")
		}
		stop()
	})
}

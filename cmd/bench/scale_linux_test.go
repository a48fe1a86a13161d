package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEightForwarders lets 1, 2, 4 and 8 processes, as they are shipped, share a queue: every event arrives once, each
// has its share of the work, and more of them deliver more. They have so few in flight that even eight leave the
// processors time. On a busy machine others take that time, so what is a matter of speed may be tried again; what is
// lost, or comes twice, may not.
func TestEightForwarders(t *testing.T) {
	o := &options{forwarder: filepath.Join(t.TempDir(), "forwarder")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", o.forwarder, "../forwarder")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := fleet{MaxInFlight: 10, Delay: 50 * time.Millisecond, Events: 300}
	const tries = 3
	for try := 1; ; try++ {
		var curve []together
		for _, n := range []int{1, 2, 4, 8} {
			got, err := c.measure(t.Context(), o, n)
			if err != nil {
				t.Fatalf("%d forwarders: %v", n, err)
			}
			t.Logf("%d forwarders: %.0f events/s, shares %.2f to %.2f, %.1f cores busy",
				n, got.PerSecond, got.Min, got.Max, got.Cores)
			curve = append(curve, got)
		}
		wrong := unfair(curve)
		if wrong == "" {
			return
		}
		if try == tries {
			t.Fatal(wrong)
		}
		t.Log(wrong, ", trying again")
	}
}

// unfair says what is wrong with a curve.
func unfair(curve []together) string {
	const (
		even   = 0.2 // of an even share, that a forwarder may have more or less
		growth = 1.2 // least, for twice as many; it is about 1.9 on a machine at rest
	)
	for i, at := range curve {
		if at.Min < 1-even || at.Max > 1+even {
			return fmt.Sprintf("of %d forwarders the shares are %.2f to %.2f of an even one", at.Forwarders, at.Min, at.Max)
		}
		if i > 0 && at.PerSecond < growth*curve[i-1].PerSecond {
			return fmt.Sprintf("%d forwarders deliver %.0f events/s, half as many %.0f",
				at.Forwarders, at.PerSecond, curve[i-1].PerSecond)
		}
	}
	return ""
}

func TestUnfair(t *testing.T) {
	for _, c := range []struct {
		curve []together
		wrong bool
	}{
		{[]together{{1, 100, 1, 1, 0}, {2, 190, .9, 1.1, 0}}, false},
		{[]together{{1, 100, 1, 1, 0}, {2, 110, 1, 1, 0}}, true},
		{[]together{{1, 100, 1, 1, 0}, {2, 190, .79, 1.1, 0}}, true},
		{[]together{{1, 100, 1, 1, 0}, {2, 190, .9, 1.21, 0}}, true},
	} {
		if wrong := unfair(c.curve); (wrong != "") != c.wrong {
			t.Errorf("%v: %q", c.curve, wrong)
		}
	}
}

// TestFleetFails has forwarders that end on their own.
func TestFleetFails(t *testing.T) {
	c := fleet{MaxInFlight: 100_001, Events: 10}
	_, err := c.measure(t.Context(), new(options), 2)
	if err == nil || !strings.Contains(err.Error(), "MAX_IN_FLIGHT is") {
		t.Errorf("got %v", err)
	}
}

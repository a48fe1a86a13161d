package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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
	m := fleet
	m.MaxInFlight, m.Events = 10, 300
	const tries = 3
	for try := 1; ; try++ {
		var curve []sample
		for _, n := range []int{1, 2, 4, 8} {
			got, err := o.measureFleet(t.Context(), m, n)
			if err != nil {
				t.Fatalf("%d forwarders: %v", n, err)
			}
			t.Logf("%d forwarders: %.0f events/s, shares %.2f to %.2f, %.1f cores busy",
				n, got[perSecond], got[leastShare], got[mostShare], got[cores])
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

// unfair says what is wrong with a curve, the samples of 1, 2, 4 … forwarders.
func unfair(curve []sample) string {
	const (
		even   = 0.2 // of an even share, that a forwarder may have more or less
		growth = 1.2 // least, for twice as many; it is about 1.9 on a machine at rest
	)
	for i, at := range curve {
		if at[leastShare] < 1-even || at[mostShare] > 1+even {
			return fmt.Sprintf("of %d forwarders the shares are %.2f to %.2f of an even one",
				1<<i, at[leastShare], at[mostShare])
		}
		if i > 0 && at[perSecond] < growth*curve[i-1][perSecond] {
			return fmt.Sprintf("%d forwarders deliver %.0f events/s, half as many %.0f",
				1<<i, at[perSecond], curve[i-1][perSecond])
		}
	}
	return ""
}

func TestUnfair(t *testing.T) {
	for _, c := range []struct {
		two   sample // after one that delivers 100 events/s
		wrong bool
	}{
		{sample{perSecond: 190, leastShare: .9, mostShare: 1.1}, false},
		{sample{perSecond: 110, leastShare: 1, mostShare: 1}, true},
		{sample{perSecond: 190, leastShare: .79, mostShare: 1.1}, true},
		{sample{perSecond: 190, leastShare: .9, mostShare: 1.21}, true},
	} {
		one := sample{perSecond: 100, leastShare: 1, mostShare: 1}
		if wrong := unfair([]sample{one, c.two}); (wrong != "") != c.wrong {
			t.Errorf("%v: %q", c.two, wrong)
		}
	}
}

// TestFleetFails has forwarders that end on their own.
func TestFleetFails(t *testing.T) {
	m := fleet
	m.MaxInFlight, m.Events = 100_001, 10
	_, err := new(options).measureFleet(t.Context(), m, 2)
	if err == nil || !strings.Contains(err.Error(), "MAX_IN_FLIGHT is") {
		t.Errorf("got %v", err)
	}
}

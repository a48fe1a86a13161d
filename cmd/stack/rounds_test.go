package main

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledAtRandom ends up and down at random moments, by SIGINT and by SIGKILL in turn, and checks that the next run
// continues. STACK_KILL_ROUNDS is the number of rounds, and STACK_KILL_SEED repeats an earlier test. A round takes
// about two minutes.
func TestKilledAtRandom(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("STACK_KILL_ROUNDS"))
	if rounds == 0 {
		t.Skip("STACK_KILL_ROUNDS says how often; TestLifecycle kills once and interrupts once")
	}
	seed, err := strconv.ParseUint(os.Getenv("STACK_KILL_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("STACK_KILL_SEED=%d", seed)
	g, random := newGround(t), rand.New(rand.NewPCG(seed, 0))
	settings := []string{
		"--name=rounds",
		"--patterns=../../examples/event-patterns.json",
		"--bucket=rounds-pictures",
		"--object-events=both",
	}
	for round := range rounds {
		signal := []syscall.Signal{syscall.SIGINT, syscall.SIGKILL}[round%2]
		g.killed(random, signal, 75*time.Second, append([]string{"up"}, settings...)...)
		born := g.born()
		g.must(append([]string{"up"}, settings...)...)
		for url, at := range g.born() {
			if before, ok := born[url]; ok && before != at {
				t.Errorf("round %d: %s was deleted and created again", round, url)
			}
		}
		if out := g.must(append([]string{"plan"}, settings...)...); !strings.Contains(out, "No changes.") {
			t.Errorf("round %d: a second plan\n%s", round, out)
		}
		g.killed(random, signal, 15*time.Second, "down", "--name=rounds")
		g.must("down", "--name=rounds")
		if left := g.left(); len(left) > 0 {
			t.Fatalf("round %d: left behind: %v", round, left)
		}
	}
}

// killed starts the command and ends it at a random moment within the given time.
func (g *ground) killed(random *rand.Rand, signal syscall.Signal, within time.Duration, args ...string) {
	g.t.Helper()
	p := g.start(args...)
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Duration(random.Int64N(int64(within))))
	defer cancel()
	begun := time.Now()
	select {
	case <-ctx.Done():
	case <-p.done:
	}
	text, code := p.end(signal)
	g.t.Logf("%s after %s: %s, exit code %d\n%s", args[0], time.Since(begun).Round(time.Millisecond), signal, code, text)
}

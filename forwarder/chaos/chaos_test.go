package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	seedFlag   = flag.Uint64("seed", 0, "seed of the first round; 0: any")
	eventsFlag = flag.Int("events", 0, "events a round; 0: 100,000, or 20,000 with -race, or 5,000 with -short")
	roundsFlag = flag.Int("rounds", 1, "rounds, each with the next seed")
	forFlag    = flag.Duration("for", 0, "begin new rounds until this time is over, instead of -rounds")
	storyFlag  = flag.Bool("story", false, "tell what was done, also when nothing is wrong")
	buildFlag  = flag.String("forwarder", "", "test this program instead of building it")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if n, worlds := flag.Lookup("test.parallel"), len(plans(1, 0, false)); n.Value.(flag.Getter).Get().(int) < worlds && !raceDetector {
		_ = n.Value.Set(strconv.Itoa(worlds)) // they wait more than they work, so all go at once, on however few cores
	}
	go func() {
		runtime.LockOSThread()
		for f := range spawn {
			f()
		}
	}()
	os.Exit(m.Run())
}

// build makes the program as it is shipped: without -race, which would make it another one.
func build(t *testing.T) string {
	t.Helper()
	if *buildFlag != "" {
		path, err := filepath.Abs(*buildFlag)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := filepath.Join(t.TempDir(), "forwarder")
	command := exec.CommandContext(t.Context(), "go", "build", "-race=false", "-o", path, "../../cmd/forwarder")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build the forwarder: %v\n%s", err, out)
	}
	return path
}

func TestChaos(t *testing.T) {
	forwarder := build(t)
	seed, events := *seedFlag, *eventsFlag
	if seed == 0 {
		seed = rand.Uint64N(1_000_000) + 1
	}
	if events == 0 {
		events = defaultEvents
		if testing.Short() {
			events = 5_000
		}
	}
	began := time.Now()
	for round := 0; round < *roundsFlag || time.Since(began) < *forFlag; round++ {
		ok := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			for _, p := range plans(seed, events, testing.Short()) {
				t.Run(p.name, func(t *testing.T) {
					t.Parallel()
					oneWorld(t, &p, forwarder)
				})
			}
		})
		if !ok {
			t.Fatalf("repeat with: go test ./forwarder/chaos -count=1 -seed=%d -events=%d -short=%t", seed, events, testing.Short())
		}
		seed++
	}
}

func oneWorld(t *testing.T, p *plan, forwarder string) {
	w := newWorld(t, p, forwarder)
	w.run()
	w.judge()
	t.Log(w.figures())
	if *storyFlag {
		t.Log(strings.Join(w.story, "\n"))
	}
	if wrong := w.verdict(); wrong != "" {
		t.Error(wrong)
	}
}

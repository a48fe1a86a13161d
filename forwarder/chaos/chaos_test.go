package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	seedFlag   = flag.Uint64("seed", 0, "seed of the first round; 0: any")
	eventsFlag = flag.Int("events", 0, "events a round; 0: 100,000, or 20,000 with -race, or 5,000 with -short")
	roundsFlag = flag.Int("rounds", 1, "rounds, each with the next seed")
	forFlag    = flag.Duration("for", 0, "begin new rounds until this time is over, instead of -rounds")
	outageFlag = flag.Duration("outage", 10*time.Second, "how long TestOutage's receivers are away")
	storyFlag  = flag.Bool("story", false, "tell what was done, also when nothing is wrong")
	buildFlag  = flag.String("forwarder", "", "test this program instead of building it")
)

var buildDir string

func TestMain(m *testing.M) {
	flag.Parse()
	n, worlds := flag.Lookup("test.parallel"), len(plans(1, 0, false))
	if n.Value.(flag.Getter).Get().(int) < worlds && !raceDetector {
		_ = n.Value.Set(strconv.Itoa(worlds)) // they wait more than they work, so all go at once, on however few cores
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "chaos"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(buildDir) // what stays is in the system's folder for such things
	os.Exit(code)
}

// program builds the forwarder as it is shipped: without -race, which would make it another one.
var program = sync.OnceValues(func() (string, error) {
	if *buildFlag != "" {
		return filepath.Abs(*buildFlag)
	}
	path := filepath.Join(buildDir, "forwarder")
	command := exec.Command("go", "build", "-race=false", "-o", path, "../../cmd/forwarder")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the forwarder: %w\n%s", err, out)
	}
	return path, nil
})

func eventsOfRound() int {
	switch {
	case *eventsFlag > 0:
		return *eventsFlag
	case testing.Short():
		return 5_000
	}
	return defaultEvents
}

func TestChaos(t *testing.T) {
	seed, events := *seedFlag, eventsOfRound()
	if seed == 0 {
		seed = rand.Uint64N(1_000_000) + 1
	}
	began := time.Now()
	for round := 0; round < *roundsFlag || time.Since(began) < *forFlag; round++ {
		ok := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			for _, p := range plans(seed, events, testing.Short()) {
				t.Run(p.name, func(t *testing.T) {
					t.Parallel()
					oneWorld(t, &p)
				})
			}
		})
		if !ok {
			t.Fatalf("repeat with: go test ./forwarder/chaos -count=1 -seed=%d -events=%d -short=%t",
				seed, events, testing.Short())
		}
		seed++
	}
}

func oneWorld(t *testing.T, p *plan) *world {
	t.Helper()
	forwarder, err := program()
	if err != nil {
		t.Fatal(err)
	}
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
	return w
}

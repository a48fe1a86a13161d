package stack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// holdEnv has the test binary hold a folder's lock until it is killed.
const holdEnv = "STACK_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		_, _, err := folder(dir).acquire(context.Background(), "up", 0, func(string) {})
		fmt.Println("held", err)
		select {}
	}
	os.Exit(m.Run())
}

func TestLockIsHeldByOne(t *testing.T) {
	f := folder(t.TempDir())
	_, release, err := f.acquire(t.Context(), "up", time.Second, refuseNote(t))
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	_, _, err = f.acquire(t.Context(), "down", 0, func(s string) { notes = append(notes, s) })
	var locked *Refusal
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), `"up" by `) {
		t.Errorf("got %v", err)
	}
	if len(notes) != 1 ||
		!strings.Contains(notes[0],
			fmt.Sprintf(`for "up" by %s (process %d`, self("", time.Now()).Who, os.Getpid())) {
		t.Errorf("notes %q", notes)
	}
	release()
	dead, release, err := f.acquire(t.Context(), "down", 0, refuseNote(t))
	if err != nil || dead.PID != 0 {
		t.Errorf("after its release: %v, %v", dead, err)
	}
	release()
}

func TestLockIsWaitedFor(t *testing.T) {
	f := folder(t.TempDir())
	_, release, err := f.acquire(t.Context(), "up", 0, refuseNote(t))
	if err != nil {
		t.Fatal(err)
	}
	_, again, err := f.acquire(t.Context(), "down", time.Minute, func(string) { release() })
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	f := folder(t.TempDir())
	_, release, err := f.acquire(t.Context(), "up", 0, refuseNote(t))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	if _, _, err = f.acquire(ctx, "down", time.Minute, func(string) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestKilledholderLetsGo(t *testing.T) {
	f := folder(t.TempDir())
	holder := exec.CommandContext(t.Context(), os.Args[0])
	holder.Env = append(os.Environ(), holdEnv+"="+string(f))
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held <nil>\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, _, err := f.acquire(t.Context(), "down", 0, func(string) {}); err == nil {
		t.Fatal("two hold it")
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	dead, release, err := f.acquire(t.Context(), "down", time.Second, func(string) {})
	if err != nil || dead.PID != holder.Process.Pid || dead.Verb != "up" {
		t.Fatalf("after its death: %v, %v", dead, err)
	}
	release()
}

func TestLockLeftBehind(t *testing.T) {
	since := time.Now()
	dead := holder{Verb: "up", PID: 7, Who: "me@here", Since: since}
	left := stateLock{ID: "x", Who: "me@here", Created: since.Add(time.Second)}
	if !left.leftBy(dead) {
		t.Error("a lock of the killed run is not recognised")
	}
	for name, l := range map[string]stateLock{
		"another's": {ID: "x", Who: "you@there", Created: left.Created},
		"older":     {ID: "x", Who: "me@here", Created: since.Add(-time.Second)},
		"no lock":   {},
	} {
		if l.leftBy(dead) {
			t.Errorf("%s lock is taken for that of the killed run", name)
		}
	}
	if left.leftBy(holder{}) {
		t.Error("a lock is taken away though no run was killed")
	}
}

func refuseNote(t *testing.T) func(string) {
	return func(text string) { t.Errorf("unexpected note: %s", text) }
}

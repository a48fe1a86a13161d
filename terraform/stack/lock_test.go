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
		_, err := folder(dir).acquire(context.Background(), "up", 0, func(string) {})
		fmt.Println("held", err)
		select {}
	}
	os.Exit(m.Run())
}

func TestLockIsHeldByOne(t *testing.T) {
	f := folder(t.TempDir())
	release, err := f.acquire(t.Context(), "up", time.Second, refuseNote(t))
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	_, err = f.acquire(t.Context(), "down", 0, func(s string) { notes = append(notes, s) })
	var locked *Refusal
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), `"up" (process `) {
		t.Errorf("got %v", err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], fmt.Sprintf(`for "up" (process %d`, os.Getpid())) {
		t.Errorf("notes %q", notes)
	}
	release()
	release, err = f.acquire(t.Context(), "down", 0, refuseNote(t))
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	release()
}

func TestLockIsWaitedFor(t *testing.T) {
	f := folder(t.TempDir())
	release, err := f.acquire(t.Context(), "up", 0, refuseNote(t))
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.acquire(t.Context(), "down", time.Minute, func(string) { release() })
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	f := folder(t.TempDir())
	release, err := f.acquire(t.Context(), "up", 0, refuseNote(t))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err = f.acquire(ctx, "down", time.Minute, func(string) { cancel() }); !errors.Is(err, context.Canceled) {
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
	if _, err := f.acquire(t.Context(), "down", 0, func(string) {}); err == nil {
		t.Fatal("two hold it")
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	release, err := f.acquire(t.Context(), "down", time.Second, func(string) {})
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	release()
}

// TestLockInS3 has Terraform find the lock of another run.
func TestLockInS3(t *testing.T) {
	w := newWorld(t)
	w.says("plan.jsonl", `{"type":"diagnostic","diagnostic":{"severity":"error",`+
		`"summary":"Error acquiring the state lock"}}`+"\n")
	s := w.stack()
	s.State = "s3://states/mine"
	_, err := s.Up(t.Context(), valid())
	var failed *RunError
	if !errors.As(err, &failed) || !strings.Contains(failed.Hint(), "aws s3 rm s3://states/mine.tflock") {
		t.Errorf("got %v", err)
	}
}

func refuseNote(t *testing.T) func(string) {
	return func(text string) { t.Errorf("unexpected note: %s", text) }
}

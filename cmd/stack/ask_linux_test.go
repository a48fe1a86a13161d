package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens a pseudo terminal: what is written to keyboard can be read from stdin.
func pseudoTerminal(t *testing.T) (keyboard, stdin *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	check(t, unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	check(t, err)
	stdin, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	check(t, err)
	t.Cleanup(func() { _ = stdin.Close() })
	return keyboard, stdin
}

// TestStdinDecidesWhetherToAsk sends the output through a pipe: if standard input is a terminal, the question is asked;
// otherwise, the run is refused and changes nothing.
func TestStdinDecidesWhetherToAsk(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	settings := []string{"up", "--name=asked", "--schedule=rate(1 day)", "--auto-approve=false"}
	text, code := g.start(settings...).end(0)
	if code != exitUsage || !strings.Contains(text, "5 to add, 0 to change, 0 to destroy.") ||
		!strings.Contains(text, "AUTO_APPROVE=true") {
		t.Errorf("where nobody can answer: %d\n%s", code, text)
	}
	if left := g.left(); len(left) > 0 {
		t.Errorf("made without approval: %v", left)
	}
	keyboard, stdin := pseudoTerminal(t)
	if _, err := keyboard.WriteString("no\n"); err != nil {
		t.Fatal(err)
	}
	text, code = g.startWith(stdin, settings...).end(0)
	if code != exitFailed || !strings.Contains(text, "Apply these changes? [y/N] ") ||
		!strings.Contains(text, "not approved") {
		t.Errorf("at a terminal, through a pipe: %d\n%s", code, text)
	}
	if left := g.left(); len(left) > 0 {
		t.Errorf("made against the answer: %v", left)
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

func manual(t *testing.T, program string) (file, text string) {
	t.Helper()
	var b strings.Builder
	if err := writeManual(&b, program, "1.2.3-rc.1", "2026-11-22"); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), program+".1")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, b.String()
}

// TestManualsAreValid has those who read manual pages say what they find wrong.
func TestManualsAreValid(t *testing.T) {
	for _, reader := range [][]string{
		{"groff", "-ww", "-man", "-Tutf8", "-z"},
		{"groff", "-ww", "-man", "-Tascii", "-z"},
		{"mandoc", "-Tlint", "-Wwarning"},
	} {
		t.Run(strings.Join(reader, ""), func(t *testing.T) {
			if _, err := exec.LookPath(reader[0]); err != nil {
				t.Skipf("%s is not on the PATH", reader[0])
			}
			for _, program := range []string{"stack", "forwarder"} {
				file, _ := manual(t, program)
				out, err := exec.CommandContext(t.Context(), reader[0], append(reader[1:], file)...).CombinedOutput()
				if err != nil || len(out) > 0 {
					t.Errorf("%s: %v\n%s", program, err, out)
				}
			}
		})
	}
}

// TestManualsAreComplete looks for every verb and setting.
func TestManualsAreComplete(t *testing.T) {
	_, stack := manual(t, "stack")
	_, forwarder := manual(t, "forwarder")
	for _, d := range describedVerbs() {
		if !strings.Contains(stack, "\n.B "+roff(d.Name)) {
			t.Errorf("stack(1) lacks the verb %s", d.Name)
		}
		for _, s := range d.Settings {
			if !shows(stack, s) && !shows(forwarder, s) {
				t.Errorf("neither page has %s of %s", s.Name, d.Name)
			}
		}
	}
	all, _ := settings.Describe(&relay.Settings{})
	for _, s := range all {
		if !shows(forwarder, s) {
			t.Errorf("forwarder(1) lacks %s", s.Name)
		}
	}
	for _, text := range []string{stack, forwarder} {
		if bad := regexp.MustCompile(`[^\n\x20-\x7e]|no value`).FindString(text); bad != "" || !strings.Contains(text, `1.2.3\-rc.1`) {
			t.Errorf("%q is in\n%s", bad, text)
		}
	}
}

func shows(page string, s settings.Setting) bool {
	return (s.Secret || strings.Contains(page, ".BR "+roff(s.Flag)+" ")) && strings.Contains(page, s.Name)
}

func TestRoff(t *testing.T) {
	for text, want := range map[string]string{`.a\-"'`: `\&.a\e\-\(dq\(aq`, "a → b – c…": `a \(-> b \(en c...`, "ü": `\[u00FC]`, "": ""} {
		if got := roff(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestManual(t *testing.T) {
	for args, want := range map[string]string{"man": ".TH STACK 1 ", "man stack": ".TH STACK 1 ", "man forwarder": ".TH FORWARDER 1 "} {
		if out, errs, code := try(t, strings.Fields(args)...); code != exitDone || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, %s", args, code, errs)
		}
	}
	if _, errs, code := try(t, "man", "bash"); code != exitUsage || !strings.Contains(errs, "accepted are stack, forwarder") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

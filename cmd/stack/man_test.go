package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

func manual(t *testing.T, page string) (file, text string) {
	t.Helper()
	var b strings.Builder
	p := &program{}
	check(t, writeManual(p.root(), page, "1.2.3-rc.1", "2026-11-22", &b))
	file = filepath.Join(t.TempDir(), page+".1")
	check(t, os.WriteFile(file, []byte(b.String()), 0o600))
	return file, b.String()
}

// TestManualsAreValid has those who read manual pages say what they find wrong.
func TestManualsAreValid(t *testing.T) {
	for _, reader := range [][]string{
		{"groff", "-ww", "-man", "-Tutf8", "-z"},
		{"groff", "-ww", "-man", "-Tascii", "-z"},
		{"mandoc", "-Tlint", "-Werror"},
	} {
		t.Run(strings.Join(reader, ""), func(t *testing.T) {
			if _, err := exec.LookPath(reader[0]); err != nil {
				t.Skipf("%s is not on the PATH", reader[0])
			}
			p := &program{}
			for _, program := range pages(p.root()) {
				file, _ := manual(t, program)
				out, err := exec.CommandContext(t.Context(), reader[0], append(reader[1:], file)...).CombinedOutput()
				if err != nil || len(out) > 0 {
					t.Errorf("%s: %v\n%s", program, err, out)
				}
			}
		})
	}
}

// TestManualsAreComplete looks for every command and setting.
func TestManualsAreComplete(t *testing.T) {
	p := &program{}
	_, stack := manual(t, "stack")
	for _, name := range commandNames(p.root()) {
		if !strings.Contains(stack, "stack-"+name+"(1)") {
			t.Errorf("stack(1) lacks the command %s", name)
		}
	}
	_, up := manual(t, "up")
	complete(t, up, settings.New(prefix, &Config{}))
	_, forwarder := manual(t, "forwarder")
	complete(t, forwarder, settings.New("", &relay.Settings{}))
	for _, text := range []string{stack, forwarder, up} {
		if !strings.Contains(text, `1.2.3-rc.1`) || !strings.Contains(text, "Nov 2026") ||
			strings.Contains(text, `\fI`+"URL") {
			t.Error(text)
		}
	}
}

func complete(t *testing.T, page string, set *settings.Set) {
	t.Helper()
	for _, s := range set.Settings {
		if !s.Secret && !strings.Contains(page, `\fB--`+s.Flag+`\fP`) || !strings.Contains(page, s.Variable) {
			t.Errorf("the page lacks %s", s.Name)
		}
	}
}

func TestManual(t *testing.T) {
	for args, want := range map[string]string{
		"man":           `.TH "STACK" "1"`,
		"man stack":     `.TH "STACK" "1"`,
		"man forwarder": `.TH "FORWARDER" "1"`,
		"man up":        `.TH "STACK-UP" "1"`,
	} {
		if out, errs, code := try(t, strings.Fields(args)...); code != exitDone || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, %s%s", args, code, errs, out)
		}
	}
	_, errs, code := try(t, "man", "bash")
	if code != exitUsage || !strings.Contains(errs, "accepted are stack, forwarder, up, ") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

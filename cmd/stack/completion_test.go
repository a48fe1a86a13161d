package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
)

// completed are the words up to the cursor, and what is offered for the last; a directive tells that files or folders
// are.
var completed = map[string][]string{
	"dead-letters re":                   {"redrive"},
	"di":                                {"dispatch-manifest"},
	"up --obj":                          {"--object-events"},
	"up --fifo --tag":                   {"--tags"},
	"up --object-events ":               {"notification", "trail", "both"},
	"up --object-events=n":              {"notification"},
	"run --format s":                    {"structured"},
	"run --sink-to":                     {"--sink-token-file"},
	"run --sink-ca-file c":              {"files"},
	"dispatch-manifest --format x":      nil,
	"dispatch-manifest ":                {"subscriptions", "driver"},
	"up --name ":                        nil,
	"up --patterns ":                    {"files"},
	"up --patterns=c":                   {"files"},
	"plan --plugin-dir ":                {"folders"},
	"check c":                           {"files"},
	"completion ":                       {"bash", "zsh", "fish", "powershell"},
	"completion f":                      {"fish"},
	"man for":                           {"forwarder"},
	"forwarder --format=d":              {"dispatch", "dispatch-sidecar", "dispatch-draft"},
	"forwarder --log-f":                 {"--log-format"},
	"forwarder --sink-key-file=c":       {"files"},
	"forwarder --region eu --he":        {"--health", "--help"},
	"forwarder --queue-url ":            nil,
	"forwarder --auth":                  nil, // a secret
	"up --patterns c.json --log":        nil,
	"up --patterns c.json --lock-t":     {"--lock-timeout"},
	"check {} --js":                     {"--json"},
	"up --auto-approve --object-events": {"--object-events"},
}

func TestCompletes(t *testing.T) {
	for line, want := range completed {
		out, _, code := try(t, append([]string{cobra.ShellCompRequestCmd}, strings.Split(line, " ")...)...)
		var got []string
		typed := line[strings.LastIndexAny(line, " =")+1:]
		for text := range strings.Lines(out) {
			word, _, _ := strings.Cut(strings.TrimSpace(text), "\t")
			switch {
			case word == ":"+strconv.Itoa(int(cobra.ShellCompDirectiveDefault)) && len(got) == 0:
				got = append(got, "files")
			case word == ":"+strconv.Itoa(int(cobra.ShellCompDirectiveFilterDirs)):
				got = append(got, "folders")
			case word != "" && word[0] != ':' && strings.HasPrefix(word, typed): // as the shells compare
				got = append(got, word)
			}
		}
		if code != exitDone || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q\n%s", line, got, want, out)
		}
	}
}

// inShells are lines that real shells complete, too, through a stack on the PATH.
var inShells = map[string][]string{
	"stack dead-letters re":      {"redrive"},
	"stack up --lock-t":          {"--lock-timeout"},
	"stack up --object-events=n": {"notification"},
	"forwarder --log-f":          {"--log-format"},
	"forwarder --format d":       {"dispatch", "dispatch-draft", "dispatch-sidecar"},
}

// shell returns the path of a shell's script, in a world where stack is the command.
func shell(t *testing.T, name string) (script string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not on the PATH: its completion was not tried", name)
	}
	var text bytes.Buffer
	p := &program{}
	check(t, writeCompletion(p.root(), name, &text))
	script = filepath.Join(t.TempDir(), "completion")
	check(t, os.WriteFile(script, text.Bytes(), 0o600))
	bin := t.TempDir()
	check(
		t,
		os.WriteFile(filepath.Join(bin, "stack"), []byte("#!/bin/sh\n"+asCommand+"=yes exec "+os.Args[0]+" \"$@\"\n"), 0o700),
	)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return script
}

func output(t *testing.T, name string, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

// offered compares what a shell offers for a line. Some offer the whole word, with the setting, or a description.
func offered(t *testing.T, line string, got, want []string) {
	t.Helper()
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], "\t")
		got[i] = strings.TrimSpace(got[i])
		if name, value, is := strings.Cut(got[i], "="); is && strings.HasPrefix(name, "--") {
			got[i] = value
		}
	}
	slices.Sort(got)
	if !slices.Equal(slices.Compact(got), want) {
		t.Errorf("%q: got %q, want %q", line, got, want)
	}
}

func TestBashCompletes(t *testing.T) {
	script := shell(t, "bash")
	const library = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(library); err != nil {
		t.Skip("bash-completion is not installed: completion in bash was not tried")
	}
	for line, want := range inShells {
		got := output(t, "bash", "-c", `source "$1"; source "$2"; COMP_LINE=$3 COMP_POINT=${#3} COMP_TYPE=9 COMP_KEY=9
			COMP_WORDS=(${3//=/ = }); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/') 2>/dev/null; printf '%s\n' "${COMPREPLY[@]}"`,
			"bash", library, script, line)
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], " ")
		}
		offered(t, line, got, want)
	}
}

func TestFishCompletes(t *testing.T) {
	script := shell(t, "fish")
	for line, want := range inShells {
		offered(t, line, output(t, "fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, line), want)
	}
}

func TestZshCompletes(t *testing.T) {
	script := shell(t, "zsh")
	harness, err := filepath.Abs("testdata/complete.zsh")
	check(t, err)
	args := []string{"-f", harness, script}
	for line := range inShells {
		args = append(args, line)
	}
	found, at := map[string][]string{}, ""
	for _, text := range output(t, "zsh", args...) {
		if line, is := strings.CutPrefix(text, "> "); is {
			at = line
		} else {
			found[at] = append(found[at], text)
		}
	}
	for line, want := range inShells {
		offered(t, line, found[line], want)
	}
}

func TestCompletionRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"":         `SHELL is "": accepted are bash, zsh, fish, powershell`,
		"tcsh":     `SHELL is "tcsh": accepted are bash, zsh, fish, powershell`,
		"bash zsh": `SHELL is "bash zsh": accepted are bash, zsh, fish, powershell`,
	} {
		out, errs, code := try(t, append([]string{"completion"}, strings.Fields(args)...)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %s", args, code, errs)
		}
	}
	for shell, want := range map[string]string{
		"bash": " -F __start_forwarder forwarder", "zsh": "compdef _stack stack", "fish": "complete -c stack ",
		"powershell": "Register-ArgumentCompleter -CommandName 'stack'",
	} {
		if out, _, code := try(t, "completion", shell); code != exitDone || !strings.Contains(out, want) {
			t.Errorf("exit code %d, %s", code, out)
		}
	}
}

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

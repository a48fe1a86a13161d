package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// completed are the words up to the cursor, and what is offered for the last of them. "files" and "folders" stand for
// the directive to offer files or folders.
var completed = map[string][]string{
	"dead-letters re":                   {"redrive"},
	"o":                                 {"outputs"},
	"up --obj":                          {"--object-events"},
	"up --fifo --tag":                   {"--tags"},
	"up --object-events ":               {"notification", "trail", "both"},
	"up --object-events=n":              {"notification"},
	"up --object-events x":              nil,
	"dead-letters ":                     {"list", "show", "redrive", "purge"},
	"up --name ":                        nil,
	"up --patterns ":                    {"files"},
	"up --patterns=c":                   {"files"},
	"plan --plugin-dir ":                {"folders"},
	"check c":                           {"files"},
	"completion ":                       {"bash", "zsh", "fish", "powershell"},
	"completion f":                      {"fish"},
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

// inShells are lines that the tests also let real shells complete, with the command stack on the PATH.
var inShells = map[string][]string{
	"stack dead-letters re":      {"redrive"},
	"stack up --lock-t":          {"--lock-timeout"},
	"stack up --object-events=n": {"notification"},
}

// shell returns the path of a shell's completion script, and puts the command stack on the PATH.
func shell(t *testing.T, name string) (script string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not on the PATH: its completion was not tried", name)
	}
	path := os.Getenv("PATH")
	text, errs, code := try(t, "completion", name)
	if code != exitDone {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	script = filepath.Join(t.TempDir(), "completion")
	check(t, os.WriteFile(script, []byte(text), 0o600))
	bin := t.TempDir()
	start := "#!/bin/sh\n" + asCommand + "=stack exec " + os.Args[0] + " \"$@\"\n"
	check(t, os.WriteFile(filepath.Join(bin, "stack"), []byte(start), 0o700))
	t.Setenv("PATH", bin+":"+path)
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

// offered compares what a shell offers for a line. Some shells offer the whole word, with the setting, or a
// description.
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

func TestManualPages(t *testing.T) {
	folder := t.TempDir()
	if _, says, code := try(t, "man", folder); code != exitDone {
		t.Fatalf("exit code %d: %s", code, says)
	}
	page, err := os.ReadFile(filepath.Join(folder, "stack-up.1"))
	check(t, err)
	if !strings.Contains(string(page), `\fB--schedule\fP`) {
		t.Errorf("no schedule in\n%s", page)
	}
}

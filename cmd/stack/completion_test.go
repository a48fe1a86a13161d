package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// completed are lines up to the cursor and what is offered for the last word, in a folder that holds the files a b.json
// and c.json, and d/.
var completed = map[string][]string{
	"stack dead-letters re":                   {"redrive"},
	"stack di":                                {"dispatch-manifest"},
	"stack up --obj":                          {"--object-events"},
	"stack up --fifo --tag":                   {"--tags"},
	"stack up --object-events ":               {"both", "notification", "trail"},
	"stack up --object-events=n":              {"notification"},
	"stack run --format s":                    {"structured"},
	"stack dispatch-manifest --format x":      nil,
	"stack dispatch-manifest ":                {"driver", "subscriptions"},
	"stack run --sink-to":                     {"--sink-token-file"},
	"stack run --sink-ca-file c":              {"c.json"},
	"stack up --name ":                        nil,
	"stack up --patterns ":                    {"a b.json", "c.json", "d"},
	"stack up --patterns=c":                   {"c.json"},
	"stack plan --plugin-dir ":                {"d"},
	"stack check c":                           {"c.json"},
	"stack completion ":                       {"bash", "fish", "zsh"},
	"stack completion f":                      {"fish"},
	"stack nonsense --":                       nil,
	"forwarder --format=d":                    {"dispatch", "dispatch-draft", "dispatch-sidecar"},
	"forwarder --log-f":                       {"--log-format"},
	"forwarder --sink-key-file=c":             {"c.json"},
	"forwarder --region eu --he":              {"--health", "--help"},
	"forwarder --queue-url ":                  nil,
	"stack up --patterns c.json --log":        nil,
	"stack up --patterns c.json --lock-t":     {"--lock-timeout"},
	"stack check '{\"a\": 1}' --js":           {"--json"},
	"stack up --auto-approve --object-events": {"--object-events"},
}

// complete has a shell complete all the lines; each answers for one.
func complete(t *testing.T, shell string, answer func(script, line string) []string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("%s is not on the PATH: its completion was not tried", shell)
	}
	script := filepath.Join(t.TempDir(), "completion")
	var text strings.Builder
	if err := writeCompletion(&text, shell); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"a b.json", "c.json"} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("d", 0o700); err != nil {
		t.Fatal(err)
	}
	for line, want := range completed {
		got := answer(script, line)
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func output(t *testing.T, name string, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

func TestBashCompletes(t *testing.T) {
	words := map[bool]string{true: `[=]|[^ =]+|'[^']*'`, false: `'[^']*'|[^ ]+`}
	for breaks, word := range words {
		complete(t, "bash", func(script, line string) []string {
			got := output(t, "bash", "-c", `source "$1"; line=$2 word=$3
				while [[ $line =~ ^\ *($word) ]]; do COMP_WORDS+=("${BASH_REMATCH[1]}"); line=${line:${#BASH_REMATCH[0]}}; done
				[[ $2 != *' ' ]] || COMP_WORDS+=('')
				COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); $(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \([^ ]*\).*/\1/')
				printf '%s\n' "${COMPREPLY[@]}"`, "bash", script, line, word)
			for i := range got { // where = does not break words, all of the word is offered
				if name, value, is := strings.Cut(got[i], "="); is && !breaks && strings.HasPrefix(name, "--") {
					got[i] = value
				}
			}
			return got
		})
	}
}

func TestFishCompletes(t *testing.T) {
	complete(t, "fish", func(script, line string) []string {
		got := output(t, "fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, line)
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], "\t")
			if name, value, is := strings.Cut(got[i], "="); is && strings.HasPrefix(name, "--") {
				got[i] = value
			}
			got[i] = strings.TrimSuffix(got[i], "/")
		}
		return got
	})
}

func TestZshCompletes(t *testing.T) {
	harness, err := filepath.Abs("testdata/complete.zsh")
	if err != nil {
		t.Fatal(err)
	}
	offered := map[string][]string{}
	complete(t, "zsh", func(script, line string) []string {
		if len(offered) == 0 { // one shell for all
			args := []string{"-f", harness, script}
			for l := range completed {
				args = append(args, l)
			}
			at := ""
			for _, l := range output(t, "zsh", args...) {
				if rest, is := strings.CutPrefix(l, "> "); is {
					at = rest
					offered[at] = nil
				} else {
					offered[at] = append(offered[at], strings.ReplaceAll(l, `\ `, " "))
				}
			}
		}
		got, found := offered[line]
		if !found {
			t.Errorf("%q was not completed", line)
		}
		return got
	})
}

func TestCompletionRefuses(t *testing.T) {
	for args, want := range map[string]string{"": "SHELL is missing: ", "tcsh": `SHELL is "tcsh": accepted are bash, zsh, fish`, "bash zsh": "unknown argument zsh"} {
		if out, errs, code := try(t, append([]string{"completion"}, strings.Fields(args)...)...); code != exitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %s", args, code, errs)
		}
	}
	if out, _, code := try(t, "completion", "bash"); code != exitDone || !strings.Contains(out, "complete -F _stack stack forwarder") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

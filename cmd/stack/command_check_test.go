package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const ec2Stopped = "../../examples/patterns/ec2-stopped/"

// TestCheckAgreesWithTheExamples compares the results with the names of the files, which begin with match or other.
func TestCheckAgreesWithTheExamples(t *testing.T) {
	patterns, err := filepath.Glob("../../examples/patterns/*/pattern.json")
	if err != nil || len(patterns) < 10 {
		t.Fatalf("%d patterns, %v", len(patterns), err)
	}
	for _, file := range patterns {
		folder := filepath.Dir(file)
		match, _ := filepath.Glob(filepath.Join(folder, "match-*.json"))
		other, _ := filepath.Glob(filepath.Join(folder, "other-*.json"))
		if len(match) == 0 || len(other) == 0 {
			t.Errorf("%s: %d events match and %d do not, want some of both", folder, len(match), len(other))
		}
		name := filepath.Base(folder)
		out, errs, code := try(t, append([]string{"check", file}, match...)...)
		if code != exitDone || errs != "" || strings.Count(out, ".json:1: ✓ "+name+"\n") != len(match) {
			t.Errorf("%s: exit code %d\n%s%s", folder, code, out, errs)
		}
		for _, event := range other {
			out, errs, code := try(t, "check", file, event)
			if code != exitFailed || errs != "1 of 1 events would not be relayed\n" ||
				!strings.HasPrefix(out, event+":1: ✗ "+name+": ") ||
				!strings.Contains(out, ", the event has ") {
				t.Errorf("%s: exit code %d\n%s%s", event, code, out, errs)
			}
		}
	}
}

// eventFrom returns an event that has only the fields that every event has.
func eventFrom(source string) string {
	return `{"id": "1", "detail-type": "d", "source": "` + source + `", ` +
		`"account": "1", "time": "2026-11-22T05:30:00Z", "region": "r"}`
}

// checkedForms are patterns and events in all the forms that check reads.
var checkedForms = map[string]struct {
	patterns, events string
	want             string
	code             int
}{
	"one pattern": {
		`{"source": ["aws.ec2"]}`,
		eventFrom("aws.ec2"),
		"e:1: ✓ pattern 1\n",
		exitDone,
	},
	"an array": {
		`[{"source": ["aws.s3"]}, {"source": ["aws.ec2"]}]`,
		eventFrom("aws.ec2"),
		"e:1: ✗ pattern 1: source: wants \"aws.s3\", the event has \"aws.ec2\"\n" +
			"e:1: ✓ pattern 2\n",
		exitDone,
	},
	"names": {
		`{"a": {"source": ["aws.s3"]}}`,
		eventFrom("aws.s3"),
		"e:1: ✓ a\n",
		exitDone,
	},
	"events a line": {
		`{"source": ["aws.ec2"]}`,
		eventFrom("aws.ec2") + "\n" + eventFrom("aws.ec2"),
		"e:1: ✓ pattern 1\ne:2: ✓ pattern 1\n",
		exitDone,
	},
	"events, array": {
		`{"a": {"source": ["aws.ec2"]}}`,
		"[" + eventFrom("aws.ec2") + ",\n" + eventFrom("aws.s3") + "]",
		"e:1: ✓ a\n" +
			"e:2: ✗ a: source: wants \"aws.ec2\", the event has \"aws.s3\"\n",
		exitFailed,
	},
	"a bad line": {
		`{"source": ["aws.ec2"]}`,
		eventFrom("aws.ec2") + "\n{\"source\": aws.ec2}\n" + eventFrom("aws.ec2"),
		"e:1: ✓ pattern 1\n" +
			"e:2:12: ✗ invalid character 'a' at start of value; put text in double quotes\n" +
			"e:3: ✓ pattern 1\n",
		exitFailed,
	},
	"the detail": {
		`{"detail": {"a": [1]}}`,
		`{"a": 1}`,
		"e:1:1: ✗ this is not a complete EventBridge event: it lacks id, detail-type, source, account, time, region; " +
			"if it is only the detail of an event, put it into \"detail\" of a complete event\n",
		exitFailed,
	},
	"several faults": {
		`{"source": ["x"], "$or": [{"account": ["2"]}, {"region": ["z"]}]}`,
		eventFrom("aws.s3"),
		"e:1: ✗ pattern 1: source: wants \"x\", the event has \"aws.s3\"; " +
			"$or[0]: account: wants \"2\", the event has \"1\"; " +
			"$or[1]: region: wants \"z\", the event has \"r\"\n",
		exitFailed,
	},
}

func TestCheckReadsAllForms(t *testing.T) {
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "e")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, c := range checkedForms {
		t.Run(name, func(t *testing.T) {
			events := file(c.events)
			out, errs, code := try(t, "check", c.patterns, events)
			if got := strings.ReplaceAll(out, events, "e"); got != c.want || code != c.code {
				t.Errorf("exit code %d\n got %swant %s%s", code, got, c.want, errs)
			}
		})
	}
}

func TestCheckReadsStandardInput(t *testing.T) {
	event, err := os.ReadFile(ec2Stopped + "match-stopped.json")
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	c := &program{stdin: bytes.NewReader(event), stdout: &out, stderr: &errs, colours: true}
	code := c.run(t.Context(), []string{"check", ec2Stopped + "pattern.json", "-", ec2Stopped + "match-terminated.json"})
	if code != exitDone || !strings.HasPrefix(out.String(), "stdin:1: \x1b[32m✓\x1b[0m ec2-stopped\n") || errs.Len() > 0 {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
}

func TestCheckWaitingForInputIsInterrupted(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGINT
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var errs bytes.Buffer
	killed := false
	c := &program{stdin: r, stdout: &errs, stderr: &errs, signals: signals, kill: func() {
		killed = true
		_ = w.Close() // otherwise, the test would not end
	}}
	if c.run(t.Context(), []string{"check", ec2Stopped + "pattern.json", "-"}); !killed {
		t.Error(errs.String())
	}
}

func TestCheckForPrograms(t *testing.T) {
	out, errs, code := try(
		t,
		"check",
		"--json",
		`{"source": ["aws.ec2"], "sorce": [{"exists": false}], "detail": {"state": ["running"]}}`,
		ec2Stopped+"match-stopped.json",
	)
	if code != exitFailed || !strings.HasPrefix(errs, "warning: PATTERNS:1:25: no event has a field \"sorce\"") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	var got []map[string]any
	for line := range strings.Lines(out) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		got = append(got, object)
	}
	if len(got) != 2 || got[0]["type"] != "warning" || got[1]["type"] != "check" || got[1]["match"] != false ||
		got[1]["id"] != "cd3dc8b6-cffb-41e4-163d-cbd857ca87da" || got[1]["line"] != 1.0 || got[1]["number"] != 1.0 {
		t.Fatal(out)
	}
	mismatch := got[1]["mismatches"].([]any)[0].(map[string]any)
	if mismatch["path"] != "detail.state" || mismatch["wants"] != `"running"` || mismatch["has"] != `"stopped"` ||
		mismatch["column"] != 75.0 {
		t.Error(out)
	}
}

func TestCheckRefuses(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(bad, []byte("{}\n{\"source\": aws.ec2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(t.TempDir(), "socket") // not even root can open it
	socket, err := net.Listen("unix", locked)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	for name, c := range map[string]struct {
		args []string
		want string // all words, separated by |, must be in the message
	}{
		"nothing":  {nil, "check needs at least two arguments, not 0"},
		"no event": {[]string{ec2Stopped + "pattern.json"}, "at least two arguments, not 1"},
		"pattern": {
			[]string{`{"source": "aws.ec2"}`, ec2Stopped + "match-stopped.json"},
			`PATTERNS:1:12: |write ["aws.ec2"]|^^^`,
		},
		"no pattern":    {[]string{"none.json", ec2Stopped + "match-stopped.json"}, "PATTERNS: open none.json"},
		"no file":       {[]string{ec2Stopped + "pattern.json", "none.json"}, "EVENT: open none.json: no such file"},
		"no access":     {[]string{ec2Stopped + "pattern.json", locked}, "EVENT: open " + locked},
		"all at once":   {[]string{"none.json", bad, "none.too"}, "none.json|none.too"},
		"other setting": {[]string{ec2Stopped + "pattern.json", bad, "--name=x"}, "unknown argument --name"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := try(t, append([]string{"check"}, c.args...)...)
			if code != exitUsage || out != "" {
				t.Errorf("exit code %d\n%s", code, out)
			}
			hasAll(t, errs, c.want)
		})
	}
}

// TestCheckShowsEachResultAtOnce keeps the input open: the events that were written are checked nevertheless.
func TestCheckShowsEachResultAtOnce(t *testing.T) {
	event, err := os.ReadFile(ec2Stopped + "match-stopped.json")
	if err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	shown, shows := io.Pipe()
	ended := make(chan int)
	c := &program{stdin: in, stdout: shows, stderr: io.Discard}
	go func() { ended <- c.run(t.Context(), []string{"check", ec2Stopped + "pattern.json", "-"}) }()
	lines := bufio.NewScanner(shown)
	for range 3 {
		if _, err := out.Write(event); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || !strings.Contains(lines.Text(), "✓ ec2-stopped") {
			t.Fatalf("got %q", lines.Text())
		}
	}
	_ = out.Close()
	if code := <-ended; code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

// TestCheckAgreesWithRecordedAnswers compares the results of check with recorded answers of AWS.
func TestCheckAgreesWithRecordedAnswers(t *testing.T) {
	file, err := os.Open("../../terraform/pattern/testdata/answers.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "event.json")
	count := 0
	for d := json.NewDecoder(unzipped); d.More(); count++ {
		var a struct{ Pattern, Event, AWS string }
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(a.Event), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, code := try(t, "check", "--pattern-limit=4096", a.Pattern, name)
		got := "not valid"
		switch {
		case code == exitDone:
			got = "match"
		case code == exitFailed && a.Event == "":
			got = "valid" // the pattern is valid, and there is no event to match
		case code == exitFailed && strings.HasPrefix(out, name+":1: ✗"):
			got = "no match"
		case code == exitFailed:
			got = "event not valid"
		}
		if want := strings.TrimSuffix(a.AWS, ": too complex"); got != want {
			t.Errorf("answer %d: %s\n%s\n got %s, AWS said %s\n%s%s", count, a.Pattern, a.Event, got, want, out, errs)
		}
	}
	if count != 476 {
		t.Errorf("%d answers, want 476", count)
	}
}

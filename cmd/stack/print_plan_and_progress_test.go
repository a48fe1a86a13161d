package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

var somePlan = stack.Plan{
	Stack: "mine", Region: "us-west-2", Account: "1", Add: 2, Change: 1, Adopt: 1,
	Lines: []stack.Line{
		{Mark: "+", Kind: "rule", Name: "mine-ec2", Detail: `{"source":["aws.ec2"]}`},
		{Mark: "=", Kind: "queue", Name: "mine"},
	},
}

func steps(r stack.Reporter) {
	slow := stack.Step{
		Action:  "create",
		What:    "queue mine",
		Address: "q",
		Usual:   26 * time.Second,
		Reason:  "SQS is slow",
		Total:   12,
	}
	for _, phase := range []stack.Phase{stack.Started, stack.Running, stack.Done} {
		slow.Phase = phase
		r.Step(slow)
		slow.Elapsed += 10 * time.Second
	}
	quick := stack.Step{Action: "delete", What: "rule r", Address: "r", Usual: time.Second, Finished: 1, Total: 12}
	for _, phase := range []stack.Phase{stack.Started, stack.Failed, stack.CutOff} {
		quick.Phase = phase
		r.Step(quick)
	}
}

func TestPlain(t *testing.T) {
	var out strings.Builder
	p := progress{out: &out}
	p.Note("a note")
	p.Planned(somePlan)
	steps(p)
	p.Planned(stack.Plan{Stack: "mine", Region: "r", Account: "1"})
	p.Planned(stack.Plan{Stack: "mine", Region: "r", Account: "1", Destroy: true})
	want := `a note
Stack mine in us-west-2, account 1:
  +  rule   mine-ec2  {"source":["aws.ec2"]}
  =  queue  mine
1 to adopt, 2 to add, 1 to change, 0 to destroy.
[ 0/12] queue mine: creating; takes about 26s: SQS is slow
[ 0/12] queue mine: still creating, 10s
[ 0/12] queue mine: created after 20s
[ 1/12] rule r: failed
[ 1/12] rule r: cut off
Stack mine in r, account 1: No changes.
Stack mine in r, account 1: Nothing to destroy.
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

// TestShowReportsAFullDisk has nothing written: a program must not take that for an empty result.
func TestShowReportsAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = full.Close() }()
	for _, asJSON := range []bool{false, true} {
		if err := show(full, asJSON, "result", "result"); err == nil {
			t.Errorf("JSON %v: no error", asJSON)
		}
	}
}

func TestColoursKeepTheColumns(t *testing.T) {
	text := planText(somePlan, true)
	if !strings.Contains(text, "  \x1b[32m+\x1b[0m  rule   mine-ec2  {") {
		t.Errorf("%q", text)
	}
}

func TestJSONLines(t *testing.T) {
	var out strings.Builder
	j := progress{out: &out, json: true}
	j.Note("a <note>")
	j.Planned(somePlan)
	steps(j)
	var types []string
	for line := range strings.Lines(out.String()) {
		var v struct {
			Type  string `json:"type"`
			Phase string `json:"phase"`
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		types = append(types, strings.TrimSpace(v.Type+" "+v.Phase))
	}
	if got := strings.Join(
		types,
		", ",
	); got != "note, plan, step started, step running, step done, step started, step failed, step cut off" {
		t.Error(got)
	}
	if !strings.Contains(out.String(), `"adopt":1`) || !strings.Contains(out.String(), "a <note>") {
		t.Error(out.String())
	}
}

func TestReporterSuitsTheReader(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for _, tc := range []struct {
		json, toStdout, want bool
	}{
		{false, true, false}, {true, true, true}, {true, false, false},
	} {
		var out, errs strings.Builder
		p := &program{stdout: &out, stderr: &errs}
		notes := p.stderr
		if tc.toStdout {
			notes = p.stdout
		}
		p.open(t.Context(), &Config{Name: "mine", JSON: tc.json}, notes)
		if got := strings.HasPrefix(out.String()+errs.String(), "{"); got != tc.want {
			t.Errorf("%+v: %s%s", tc, out.String(), errs.String())
		}
	}
}

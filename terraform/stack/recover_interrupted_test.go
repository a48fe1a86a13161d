package stack

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

const halfDone = "module.queue.aws_sqs_queue.dead_letter"

// tainted has a stack with a tainted dead-letter queue. The journal of this machine does not know why: another machine
// was making the queue, or a person tainted it.
func (w *world) tainted(change func(*tfjson.ResourceChange)) {
	w.t.Helper()
	w.up()
	plan := recorded(w.t, "change.json")
	plan.ResourceChanges = slices.DeleteFunc(plan.ResourceChanges,
		func(c *tfjson.ResourceChange) bool { return c.Address != halfDone })
	change(plan.ResourceChanges[0])
	w.planned("plan.json", plan)
	plan.ResourceChanges[0].ActionReason = ""
	plan.ResourceChanges[0].Change.Actions = tfjson.Actions{tfjson.ActionNoop}
	w.planned("plan-untainted.json", plan)
	w.has["GetQueueAttributes"] = `200 {"Attributes":{}}`
}

func TestWhatIsTaintedIsKept(t *testing.T) {
	w := newWorld(t)
	w.tainted(func(*tfjson.ResourceChange) {})
	if p, err := w.stack().Plan(t.Context(), valid()); err != nil || strings.Contains(words(p), "±") {
		t.Errorf("%s, %v", words(p), err)
	}
	if got := strings.Join(w.notes, "\n"); !strings.Contains(got, "keeping "+halfDone+", which is tainted") {
		t.Errorf("notes %q", got)
	}
	if got := read(t, w.dir+"/untainted-in"); got != w.home().modulesPath()+"\n" {
		t.Errorf("untainted in %s", got)
	}
	if _, err := w.stack().Up(t.Context(), valid()); err != nil || w.journal().Unfinished != "" {
		t.Errorf("%v, journal %+v", err, w.journal())
	}
}

// TestWhatIsTaintedAndMovedIsKept has new modules move the resource: the state knows it by its old address.
func TestWhatIsTaintedAndMovedIsKept(t *testing.T) {
	w := newWorld(t)
	w.tainted(func(c *tfjson.ResourceChange) { c.PreviousAddress = "module.before.aws_sqs_queue.this" })
	if p, err := w.stack().Plan(t.Context(), valid()); err != nil || strings.Contains(words(p), "±") {
		t.Errorf("%s, %v", words(p), err)
	}
	if got := w.with("untaint"); !strings.HasSuffix(got, " module.before.aws_sqs_queue.this") {
		t.Errorf("Terraform ran %s", got)
	}
}

// TestWhatCannotBeUntaintedIsNotReplaced, because Terraform would delete it.
func TestWhatCannotBeUntaintedIsNotReplaced(t *testing.T) {
	w := newWorld(t)
	w.tainted(func(*tfjson.ResourceChange) {})
	w.says("untaint-fails", "")
	_, err := w.stack().Up(t.Context(), valid())
	if err == nil || !strings.Contains(err.Error(), "keep "+halfDone) || len(w.plans) > 1 {
		t.Errorf("%v, plans %+v", err, w.plans)
	}
}

func TestRepairState(t *testing.T) {
	sound, before := `{"serial":2}`, `{"serial":1}`
	for _, c := range []struct{ name, state, backup, want string }{
		{"sound", sound, before, sound},
		{"cut off", sound[:5], before, before},
		{"empty", "", before, before},
		{"both cut off", sound[:5], before[:5], ""},
		{"no backup", sound[:5], "", ""},
		{"not begun", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := state{path: filepath.Join(t.TempDir(), "terraform.tfstate")}
			put(t, s.path, c.state)
			if c.backup != "" {
				put(t, s.path+".backup", c.backup)
			}
			aside, err := repaired(s)
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, s.path); got != c.want {
				t.Errorf("the state is %q, want %q", got, c.want)
			}
			broken := c.state != sound && c.name != "not begun"
			if broken != (aside != "") || broken && (!strings.HasSuffix(aside, ".broken-7") || read(t, aside) != c.state) {
				t.Errorf("the broken state was not kept: %q", aside)
			}
		})
	}
	for _, s := range []state{{path: filepath.Join(t.TempDir(), "none")}, {bucket: "b", key: "k"}} {
		if aside, err := repaired(s); aside != "" || err != nil {
			t.Errorf("%s: %q, %v", s, aside, err)
		}
	}
}

// repaired repairs a state at second 7, and returns the file to which a note says that it was moved.
func repaired(s state) (aside string, err error) {
	var report recorder
	err = (&session{Stack: &Stack{Report: &report}, state: s}).repairState(time.Unix(7, 0))
	_, aside, _ = strings.Cut(strings.Join(report.notes, "\n"), "the incomplete state is kept in ")
	return aside, err
}

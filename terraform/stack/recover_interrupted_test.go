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

// tainted has a stack with a tainted dead-letter queue, which the last up was making when it failed, or else a person
// has tainted since.
func (w *world) tainted(byUs bool) {
	w.t.Helper()
	w.up()
	if byUs {
		j := w.journal()
		w.check(j.begin("up", j.place))
		w.check(j.fail())
	}
	plan := recorded(w.t, "change.json")
	plan.ResourceChanges = slices.DeleteFunc(plan.ResourceChanges,
		func(c *tfjson.ResourceChange) bool { return c.Address != halfDone })
	w.planned("plan.json", plan)
	plan.ResourceChanges[0].ActionReason = ""
	plan.ResourceChanges[0].Change.Actions = tfjson.Actions{tfjson.ActionNoop}
	w.planned("plan-untainted.json", plan)
	w.has["GetQueueAttributes"] = `200 {"Attributes":{}}`
}

func TestWhatACutOffRunLeftHalfMadeIsKept(t *testing.T) {
	w := newWorld(t)
	w.tainted(true)
	if p, err := w.stack().Plan(t.Context(), valid()); err != nil || strings.Contains(words(p), "±") {
		t.Errorf("%s, %v", words(p), err)
	}
	if !slices.Contains(w.notes, "keeping "+halfDone+": the last run did not finish creating it") {
		t.Errorf("notes %q", w.notes)
	}
	if got := read(t, w.dir+"/untainted-in"); got != w.home().modulesPath()+"\n" {
		t.Errorf("untainted in %s", got)
	}
	if _, err := w.stack().Up(t.Context(), valid()); err != nil || w.journal().Unfinished != "" {
		t.Errorf("%v, journal %+v", err, w.journal())
	}
}

func TestWhatCannotBeUntaintedIsReplaced(t *testing.T) {
	w := newWorld(t)
	w.tainted(true)
	w.says("untaint-fails", "")
	p, err := w.stack().Plan(t.Context(), valid())
	if err != nil || !strings.HasPrefix(words(p), "± queue demo4-dead-letters") ||
		!strings.Contains(strings.Join(w.notes, "\n"), "cannot keep "+halfDone) {
		t.Errorf("%s, %v, notes %q", words(p), err, w.notes)
	}
}

func TestWhatAPersonTaintedIsReplaced(t *testing.T) {
	w := newWorld(t)
	w.tainted(false)
	p, err := w.stack().Plan(t.Context(), valid())
	if err != nil || !strings.HasPrefix(words(p), "± queue demo4-dead-letters") ||
		read(t, w.dir+"/untainted-in") != "" {
		t.Errorf("%s, %v", words(p), err)
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

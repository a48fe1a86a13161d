package stack

import (
	"strings"
	"testing"
)

// TestFullBusIsSaidInThePlan has the account's bus hold nearly all the rules that it takes.
func TestFullBusIsSaidInThePlan(t *testing.T) {
	for there, warned := range map[int]bool{299: true, 100: false} {
		w := newWorld(t)
		w.plansToCreate()
		w.has["ListRules"] = `200 {"Rules":[` +
			strings.TrimSuffix(strings.Repeat(`{"Name":"x","Arn":"arn:x"},`, there), ",") + `]}`
		w.has["ListTagsForResource"] = `200 {"Tags":[]}`
		if _, err := w.stack().Plan(t.Context(), valid()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(w.notes, "\n"), "AWS takes 300"); got != warned {
			t.Errorf("%d rules: %q", there, w.notes)
		}
		if w.asked("PutRule") {
			t.Error("something was created")
		}
	}
}

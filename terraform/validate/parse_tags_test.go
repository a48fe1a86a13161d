package validate

import (
	"fmt"
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	reserved := []string{"dispatch-events-aws:stack", "dispatch-events-aws:state"}
	check(t, func(text string) error {
		if _, problems := Tags(text, reserved...); len(problems) > 0 {
			return fmt.Errorf("%s", strings.Join(problems, "; "))
		}
		return nil
	}, []accepted{
		{"", ""},
		{"team=events, cost centre=a/b:c@d", ""},
		{"empty=", ""},
		{"team", "key=value"},
		{"dispatch-events-aws:stack=x", "the stack itself"},
		{"team=a,team=b", "given twice"},
	})
	tags, _ := Tags("a=b=c, d = e")
	if tags["a"] != "b=c" || tags["d"] != "e" || len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
}

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
		{"=x", "1 to 128"},
		{"aws:team=x", "AWS reserves"},
		{"AWS:team=x", "AWS reserves"},
		{"dispatch-events-aws:stack=x", "the stack itself"},
		{"team=a,team=b", "given twice"},
		{"team=a;b", "are accepted"},
		{"team=" + strings.Repeat("x", 257), "at most 256"},
		{strings.Repeat("k", 129) + "=x", "1 to 128"},
		{many(49), "at most 48"},
		{many(48), ""},
	})
	tags, _ := Tags("a=b=c, d = e")
	if tags["a"] != "b=c" || tags["d"] != "e" || len(tags) != 2 {
		t.Errorf("tags %v", tags)
	}
}

func many(n int) string {
	var pairs []string
	for i := range n {
		pairs = append(pairs, fmt.Sprintf("k%d=v", i))
	}
	return strings.Join(pairs, ",")
}

package stack

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLockInS3OfAKilledRunIsTakenAway(t *testing.T) {
	since := time.Now().Add(-time.Minute)
	dead := self("up", since)
	for _, c := range []struct {
		name, lock string
		dead       bool
		unlocks    bool
	}{
		{"its own", lockOf(dead.Who, since.Add(time.Second)), true, true},
		{"another's", lockOf("you@there", since.Add(time.Second)), true, false},
		{"older", lockOf(dead.Who, since.Add(-time.Second)), true, false},
		{"none", `404 <Error><Code>NoSuchKey</Code></Error>`, true, false},
		{"no run was killed", lockOf(dead.Who, since.Add(time.Second)), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.has["GET /states/mine.tflock"] = c.lock
			s := w.stack()
			s.State = "s3://states/mine?region=eu-west-1"
			if c.dead {
				put(t, w.home().holder(), "{}")
				if err := writeJSON(w.home().holder(), dead); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Up(t.Context(), valid()); err != nil {
				t.Fatal(err)
			}
			if got := w.with("force-unlock"); (got == "force-unlock -no-color -force the-id") != c.unlocks {
				t.Errorf("ran %q", got)
			}
			if said := strings.Join(w.notes, "\n"); strings.Contains(said, "removing the lock of the state") != c.unlocks {
				t.Errorf("said %s", said)
			}
		})
	}
}

func lockOf(who string, created time.Time) string {
	return fmt.Sprintf(`200 {"ID":"the-id","Who":%q,"Created":%q}`, who, created.Format(time.RFC3339Nano))
}

package localaws

import (
	"errors"
	"testing"
)

// Test starts a local AWS for one test and stops it when the test ends. If Python or moto is not installed, the test is
// skipped with that reason.
func Test(t testing.TB, o Options) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("the local AWS is left out of short runs")
	}
	s, err := Start(t.Context(), o)
	if errors.Is(err, ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

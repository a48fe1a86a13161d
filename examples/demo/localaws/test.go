package localaws

import (
	"errors"
	"testing"
)

// Test starts a local AWS for one test and ends it with the test. Where Python or moto cannot be had the test is
// skipped and says so.
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

package settings

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"
)

var wholeNames = []string{"T_REGION", "T_WAIT", "T_TRY", "T_FORMAT", "T_DRY_RUN", "T_ADDR"}

// FuzzLoad looks for variables and arguments, one a line, that make Load panic, that it accepts although they are out
// of range, or that it refuses without naming a setting.
func FuzzLoad(f *testing.F) {
	f.Add("eu-west-1\n7\n2m\nbatch\ntrue\n", "")
	f.Add("", "--t-wait=8\n--t-try\n2m\nfile\n-\n--\n--t-wait")
	f.Add("\nx\n5\nxml\nmaybe\n:0", "--nope\n--t-token\nx\n--t-wait")
	f.Add("\n99999999999999999999\n-1s\n\n1", "--t-dry-run=\n--t-addr=\n--t-format=|")
	f.Add("", "a\nb\nc\nd\n-h")
	f.Fuzz(func(t *testing.T, environment, arguments string) {
		if strings.ContainsRune(environment, 0) {
			return // no variable can hold it
		}
		const secret = "hush, hush"
		t.Setenv("T_TOKEN", secret)
		for i, value := range strings.SplitN(environment, "\n", len(wholeNames)) {
			t.Setenv(wholeNames[i], value)
		}
		args := strings.Split(arguments, "\n")
		var got Sample
		err := Load(&got, args)
		var refused *Error
		switch {
		case err == nil:
			checkLoaded(t, &got)
		case errors.Is(err, flag.ErrHelp):
			if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-h") || a == "--help" }) {
				t.Fatalf("%q: nobody asked for help", args)
			}
		case !errors.As(err, &refused) || len(refused.Problems) == 0:
			t.Fatalf("%q, %q: %v is no *Error", environment, args, err)
		default:
			for _, problem := range refused.Problems {
				checkNamed(t, problem)
			}
			if !strings.Contains(environment+arguments, secret) && strings.Contains(err.Error(), secret) {
				t.Fatalf("%v holds a secret", err)
			}
		}
	})
}

func checkLoaded(t *testing.T, s *Sample) {
	t.Helper()
	if s.Wait < 0 || s.Wait > 20 || s.Try < time.Millisecond || s.Dry && s.Token != "" ||
		!slices.Contains([]string{"", "binary", "batch"}, s.Format) {
		t.Fatalf("took %+v", s)
	}
}

// checkNamed checks that a message names the variable or argument that it is about.
func checkNamed(t *testing.T, problem string) {
	t.Helper()
	if !strings.HasPrefix(problem, "T_") && !strings.HasPrefix(problem, "unknown argument ") &&
		!strings.HasPrefix(problem, "-") {
		t.Fatalf("%q names no setting", problem)
	}
}

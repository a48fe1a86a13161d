package stack

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestStateIsWhereItIsSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := filepath.Abs("states")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"", "/home/of/stack/terraform.tfstate"},
		{"/shared", "/shared/mine.tfstate"},
		{"states", here + "/mine.tfstate"},
		{"s3://bucket/some/key", "s3://bucket/some/key"},
	} {
		if got, err := parseState(c.text, "/home/of/stack", "mine", "us-west-2"); err != nil || got.String() != c.want {
			t.Errorf("%q: %s, %v, want %s", c.text, got, err, c.want)
		}
	}
}

func TestStateRefuses(t *testing.T) {
	check(t, CheckState, []accepted{
		{"", ""},
		{"/a/folder", ""},
		{"s3://bucket/key", ""},
		{"s3://bucket", "s3://bucket/key"},
		{"s3://bucket/", "s3://bucket/key"},
		{"s3://B/key", "3 to 63"},
		{"http://bucket/key", "is not accepted"},
		{"s3:///key", "is not accepted"},
	})
}

func TestBackend(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `{
  "terraform": {
    "backend": {
      "local": {
        "path": "/f/terraform.tfstate"
      }
    }
  }
}`},
		{"s3://bucket/a/key?region=eu-west-1", `{
  "terraform": {
    "backend": {
      "s3": {
        "bucket": "bucket",
        "encrypt": true,
        "key": "a/key",
        "region": "eu-west-1",
        "use_lockfile": true
      }
    }
  }
}`},
	} {
		s, err := parseState(c.text, "/f", "mine", "us-west-2")
		if got := string(s.backend(true)); err != nil || got != c.want {
			t.Errorf("%q: %v\n%s", c.text, err, got)
		}
	}
}

// TestOldTerraformLocksNothingInS3 has one run that would refuse a setting which it does not know.
func TestOldTerraformLocksNothingInS3(t *testing.T) {
	for version, locks := range map[string]bool{"1.9.8": false, "1.10.0": true, "1.11.4": true} {
		w := newWorld(t)
		w.says("version", version)
		s := w.stack()
		s.State = "s3://states/mine"
		if _, err := s.Plan(t.Context(), valid()); err != nil {
			t.Fatal(err)
		}
		written := read(t, filepath.Join(w.home().modules(), "backend.tf.json"))
		said := strings.Contains(strings.Join(w.notes, "\n"), "does not lock a state in S3")
		if strings.Contains(written, "use_lockfile") != locks || said == locks {
			t.Errorf("%s: %s, %q", version, written, w.notes)
		}
	}
}

package stack

import (
	"encoding/json"
	"os"
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
	for text, refusal := range map[string]string{
		"":                  "",
		"/a/folder":         "",
		"s3://bucket/key":   "",
		"s3://bucket":       "s3://bucket/key",
		"s3://bucket/":      "s3://bucket/key",
		"http://bucket/key": "is not accepted",
		"s3:///key":         "is not accepted",
	} {
		err := CheckState(text)
		if (err == nil) != (refusal == "") || err != nil && !strings.Contains(err.Error(), refusal) {
			t.Errorf("%q: got %v, want a refusal with %q", text, err, refusal)
		}
	}
}

func TestBackend(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `{"backend":{"local":{"path":"/f/terraform.tfstate"}}}`},
		{"s3://bucket/a/key?region=eu-west-1", `{"backend":{"s3":{"bucket":"bucket","encrypt":true,"key":"a/key",` +
			`"region":"eu-west-1","use_lockfile":true}}}`},
	} {
		s, err := parseState(c.text, "/f", "mine", "us-west-2")
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(s.callerBlocks(true)["terraform"])
		if err != nil || string(got) != c.want {
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
		written := read(t, filepath.Join(w.home().modulesPath(), "caller.tf.json"))
		said := strings.Contains(strings.Join(w.notes, "\n"), "cannot lock a state in S3")
		if strings.Contains(written, "use_lockfile") != locks || said == locks {
			t.Errorf("%s: %s, %q", version, written, w.notes)
		}
	}
}

// TestHintsOfTheStatesBucket are for what Terraform says of it.
func TestHintsOfTheStatesBucket(t *testing.T) {
	there := state{bucket: "states", key: "mine", region: "eu-west-1"}
	for said, want := range map[string]string{
		`init: S3 bucket "states" does not exist.`:                    "aws s3 mb s3://states --region eu-west-1",
		"init: api error 301 Moved Permanently":                       "STATE=s3://states/mine?region=…",
		"init: api error Forbidden: Forbidden":                        "these credentials must have access",
		"init: Failed to query available provider packages: no route": "PLUGIN_DIR",
	} {
		if got := there.hint(said); !strings.Contains(got, want) {
			t.Errorf("%s: %s", said, got)
		}
	}
	if got := (state{path: "/p"}).hint("init: anything does not exist"); !strings.Contains(got, "PLUGIN_DIR") {
		t.Errorf("a local state: %s", got)
	}
}

// TestFilesArePrivate has a wider folder of the stack's tightened, and a state elsewhere that others can read warned
// about.
func TestFilesArePrivate(t *testing.T) {
	w := newWorld(t)
	home := string(w.home())
	shared := t.TempDir()
	put(t, filepath.Join(shared, "rec.tfstate"), "{}")
	for path, mode := range map[string]os.FileMode{filepath.Join(shared, "rec.tfstate"): 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	s := w.stack()
	s.State = shared
	if _, err := s.Plan(t.Context(), valid()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(home); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has the mode %v", info.Mode())
	}
	if said := strings.Join(w.notes, "\n"); !strings.Contains(said, "chmod go= "+filepath.Join(shared, "rec.tfstate")) {
		t.Errorf("nobody is warned: %q", w.notes)
	}
}

package stack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHintsFitTheirCause has the SDK itself fail, in the ways that people meet.
func TestHintsFitTheirCause(t *testing.T) {
	const session = "[profile work]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session us]\nsso_region = us-west-2\nsso_start_url = https://x.example/start\n"
	const legacy = "[profile work]\nsso_account_id = 123456789012\nsso_role_name = r\nsso_region = us-west-2\nsso_start_url = https://x.example/start\n"
	none := map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
	for name, test := range map[string]struct {
		env    map[string]string
		config string
		want   string
	}{
		"an emulator without keys": {env: none, want: "it takes any, but some are needed: AWS_ACCESS_KEY_ID=x"},
		"an emulator that is off":  {env: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, want: "is it running there?"},
		"no such name":             {env: map[string]string{"AWS_ENDPOINT_URL": "http://no-such-host.invalid"}, want: "the name no-such-host.invalid is not known here"},
		"an SSO session's end":     {env: map[string]string{"AWS_ENDPOINT_URL": "", "AWS_PROFILE": "work"}, config: session, want: "aws sso login --profile work"},
		"an older SSO login's end": {env: map[string]string{"AWS_ENDPOINT_URL": "", "AWS_PROFILE": "work"}, config: legacy, want: "aws sso login --profile work"},
		"nothing":                  {env: map[string]string{"AWS_ENDPOINT_URL": ""}, want: "give AWS_PROFILE"},
	} {
		t.Run(name, func(t *testing.T) {
			newWorld(t)
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			file := filepath.Join(t.TempDir(), "config")
			put(t, file, test.config)
			t.Setenv("AWS_CONFIG_FILE", file)
			if test.config != "" || name == "nothing" {
				t.Setenv("AWS_ACCESS_KEY_ID", "")
				t.Setenv("AWS_SECRET_ACCESS_KEY", "")
			}
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			c, err := newCloud(t.Context(), "us-west-2")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.account(t.Context())
			var hinted Hinted
			if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), test.want) {
				t.Errorf("%v\nhint %q", err, hinted.Hint())
			}
		})
	}
}

// TestHintsOfTheStatesBucket are for what Terraform says of it.
func TestHintsOfTheStatesBucket(t *testing.T) {
	there := state{bucket: "states", key: "mine", region: "eu-west-1"}
	for said, want := range map[string]string{
		`init: S3 bucket "states" does not exist.: The referenced S3 bucket must have been previously created.`: "aws s3 mb s3://states --region eu-west-1",
		"init: Unable to list objects in S3 bucket \"states\": lookup s3.eu-wst-1.amazonaws.com: no such host":  "is the region spelled right",
		"init: api error 301 Moved Permanently":                       "?region=",
		"init: api error Forbidden: Forbidden":                        "does not let these credentials in",
		"init: No valid credential sources found":                     "give AWS_PROFILE",
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

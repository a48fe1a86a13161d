package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHintsFitTheirCause makes the SDK itself fail, in ways that users encounter.
func TestHintsFitTheirCause(t *testing.T) {
	const session = "[profile work]\nsso_session = us\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session " +
		"us]\nsso_region = us-west-2\nsso_start_url = https://x.example/start\n"
	const legacy = "[profile work]\nsso_account_id = 123456789012\nsso_role_name = r\nsso_region = us-west-2\n" +
		"sso_start_url = https://x.example/start\n"
	none := map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
	for name, test := range map[string]struct {
		env    map[string]string
		config string
		want   string
	}{
		"an emulator without keys": {
			env:  none,
			want: "the emulator accepts any credentials, but some must be set: AWS_ACCESS_KEY_ID=x",
		},
		"an emulator that is off": {
			env:  map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
			want: "is it running there?",
		},
		"no such name": {
			env:  map[string]string{"AWS_ENDPOINT_URL": "http://no-such-host.invalid"},
			want: "the host name no-such-host.invalid cannot be resolved",
		},
		"an SSO session's end": {
			env: map[string]string{"AWS_ENDPOINT_URL": "", "AWS_PROFILE": "work"}, config: session,
			want: "aws sso login --profile work",
		},
		"an older SSO login's end": {
			env: map[string]string{"AWS_ENDPOINT_URL": "", "AWS_PROFILE": "work"}, config: legacy,
			want: "aws sso login --profile work",
		},
		"nothing": {env: map[string]string{"AWS_ENDPOINT_URL": ""}, want: "set AWS_PROFILE"},
	} {
		t.Run(name, func(t *testing.T) {
			newWorld(t)
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			file := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(file, []byte(test.config), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AWS_CONFIG_FILE", file)
			if test.config != "" || name == "nothing" {
				t.Setenv("AWS_ACCESS_KEY_ID", "")
				t.Setenv("AWS_SECRET_ACCESS_KEY", "")
			}
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			c, err := Open(t.Context(), "us-west-2")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Account(t.Context())
			var hinted interface{ Hint() string }
			if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), test.want) {
				t.Errorf("%v\nhint %q", err, hinted.Hint())
			}
		})
	}
}

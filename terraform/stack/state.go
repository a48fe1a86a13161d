package stack

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/internal/driver"
)

// state says where Terraform's state of a stack is kept: in a file, or in S3 together with its lock.
type state struct {
	setting             string // STATE, with a relative folder made absolute
	path                string // of a file
	bucket, key, region string // or of an object in S3
}

// CheckState returns an error if the setting STATE cannot be used.
func CheckState(text string) error {
	_, err := parseState(text, "", "", "")
	return err
}

// parseState parses STATE: "" (the stack's own folder), a folder, or s3://bucket/key[?region=…].
func parseState(text string, home folder, name, region string) (state, error) {
	if text == "" {
		return state{path: filepath.Join(string(home), "terraform.tfstate")}, nil
	}
	if !strings.Contains(text, "://") {
		dir, err := filepath.Abs(text)
		if err != nil {
			return state{}, fmt.Errorf("resolve state folder %s: %w", text, err)
		}
		return state{setting: dir, path: filepath.Join(dir, name+".tfstate")}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return state{}, fmt.Errorf("%q is not accepted: give a folder, or s3://bucket/key", text)
	}
	region = cmp.Or(u.Query().Get("region"), region)
	return state{setting: text, bucket: u.Host, key: strings.Trim(u.Path, "/"), region: region}, nil
}

func (s state) remote() bool { return s.bucket != "" }

func (s state) String() string {
	if s.remote() {
		return "s3://" + s.bucket + "/" + s.key
	}
	return s.path
}

// callerBlocks returns what the root module leaves to its caller, since it differs from stack to stack: the backend,
// the provider's settings, and the variable for the region. They are JSON, so that paths need no quoting. locks says
// whether Terraform can lock a state in S3.
func (s state) callerBlocks(locks bool) map[string]any {
	kind, settings := "local", map[string]any{"path": s.path}
	if s.remote() {
		kind, settings = "s3", map[string]any{"bucket": s.bucket, "key": s.key, "region": s.region, "encrypt": true}
		if locks {
			settings["use_lockfile"] = true
		}
	}
	return map[string]any{
		"terraform": map[string]any{"backend": map[string]any{kind: settings}},
		"provider":  map[string]any{"aws": map[string]any{"region": "${var.region}", "max_retries": driver.Attempts()}},
		"variable":  map[string]any{"region": map[string]any{"type": "string", "default": nil}},
	}
}

// hint says what to do about an error of terraform init. Most errors are about the provider, the others are about the
// bucket of the state.
func (s state) hint(text string) string {
	if !s.remote() || strings.Contains(text, "provider") {
		return "if this machine cannot reach the provider's registry, set PLUGIN_DIR to a folder that holds the provider"
	}
	return fmt.Sprintf("the state's bucket must exist in %s, and these credentials must have access to it: "+
		"aws s3 mb s3://%s --region %s creates it; if it is in another region, set STATE=s3://%s/%s?region=…",
		s.region, s.bucket, s.region, s.bucket, s.key)
}

// lockHint says how to remove the lock of a state in S3 if err is about it; otherwise it returns "".
func (s state) lockHint(err error) string {
	if !s.remote() || !strings.Contains(err.Error(), "acquiring the state lock") {
		return ""
	}
	return "if no other run is working on this stack, a run that was killed or lost its connection has left the lock of " +
		"the state: remove it with aws s3 rm " + s.String() + ".tflock"
}

// exposed reports whether other users of this machine can read a state in a folder that the operator chose.
func (s state) exposed() bool {
	if s.setting == "" || s.remote() {
		return false
	}
	info, err := os.Stat(s.path)
	return err == nil && info.Mode().Perm()&0o077 != 0
}

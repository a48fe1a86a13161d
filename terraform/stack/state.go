package stack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// state says where Terraform's state of a stack is kept: in a file, or in S3 with a lock beside it.
type state struct {
	path                string // a file
	bucket, key, region string // or an object
}

// CheckState tells what is wrong with the setting STATE.
func CheckState(text string) error {
	_, err := parseState(text, "", "", "")
	return err
}

// parseState reads STATE: nothing (the stack's own folder), a folder, or s3://bucket/key[?region=…].
func parseState(text, folder, name, region string) (state, error) {
	if !strings.Contains(text, "://") {
		if text == "" {
			return state{path: filepath.Join(folder, "terraform.tfstate")}, nil
		}
		abs, err := filepath.Abs(text)
		if err != nil {
			return state{}, fmt.Errorf("resolve state folder %s: %w", text, err)
		}
		return state{path: filepath.Join(abs, name+".tfstate")}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return state{}, fmt.Errorf("%q is not accepted: a folder, or s3://bucket/key", text)
	}
	if err := CheckBucket(u.Host); err != nil {
		return state{}, err
	}
	if other := u.Query().Get("region"); other != "" {
		region = other
	}
	return state{bucket: u.Host, key: strings.Trim(u.Path, "/"), region: region}, nil
}

func (s state) remote() bool { return s.bucket != "" }

func (s state) String() string {
	if s.remote() {
		return "s3://" + s.bucket + "/" + s.key
	}
	return s.path
}

// backend is the piece of configuration that the shipped modules leave out, since it differs from stack to stack. JSON
// spares the quoting of paths. locks tells that Terraform can lock a state in S3.
func (s state) backend(locks bool) []byte {
	kind, settings := "local", map[string]any{"path": s.path}
	if s.remote() {
		kind, settings = "s3", map[string]any{"bucket": s.bucket, "key": s.key, "region": s.region, "encrypt": true}
		if locks {
			settings["use_lockfile"] = true
		}
	}
	text, _ := json.MarshalIndent(map[string]any{"terraform": map[string]any{"backend": map[string]any{kind: settings}}}, "", "  ")
	return text
}

package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	// user is who the programs run as: nobody that a machine has, by number, so that Kubernetes can see that it is not
	// root.
	user   = 65532
	source = "https://github.com/dispatchframework/dispatch-events-aws"
)

// contents are what an image consists of.
type contents struct {
	name, title, description, licenses string
	entries                            []entry
	programs                           []string // those of the build machine's files that are programs, for the list of modules
	env                                []string
	entrypoint, volume                 string
	compression                        int
}

// images are those that can be written.
var images = map[string]func(r release, arch string) (contents, error){"forwarder": forwarder, "stack": stack}

// forwarder is one static program and nothing else: roots and time zones are linked into it.
func forwarder(r release, arch string) (contents, error) {
	program := r.program("forwarder", arch)
	return contents{
		name: "dispatch-events-aws", title: "dispatch-events-aws", licenses: "Apache-2.0",
		description: "AWS events from an SQS queue, relayed as CloudEvents to Dispatch or any other receiver, without losing one",
		entries:     []entry{{path: "/forwarder", from: program, mode: 0o755}}, programs: []string{program},
		entrypoint: "/forwarder", compression: gzip.BestCompression,
	}, static(program, arch)
}

// stack is the stack command with Terraform and the AWS provider, as this machine has them.
func stack(r release, arch string) (contents, error) {
	terraform, mirror, providers, err := findTerraform(arch)
	if err != nil {
		return contents{}, err
	}
	program := r.program("stack", arch)
	c := contents{
		name: "dispatch-events-aws-stack", title: "dispatch-events-aws stack", licenses: "Apache-2.0 AND BUSL-1.1 AND MPL-2.0",
		description: "The stack command of dispatch-events-aws, with Terraform and the AWS provider",
		entries: []entry{
			{path: "/bin/stack", from: program, mode: 0o755},
			{path: "/bin/terraform", from: terraform, mode: 0o755},
			{path: "/etc/passwd", text: "nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/stack\n", mode: 0o644},
			{path: "/etc/ssl/certs/ca-certificates.crt", text: roots(), mode: 0o644},
			{path: "/home/nonroot", owner: user, mode: 0o755},
			{path: "/state", owner: user, mode: 0o700},
			{path: "/tmp", mode: 0o1777},
		},
		programs: []string{program, terraform}, entrypoint: "/bin/stack", volume: "/state",
		env:         []string{"PATH=/bin", "PLUGIN_DIR=/plugins", "XDG_STATE_HOME=/state"},
		compression: gzip.BestSpeed, // of a gigabyte that seldom leaves the machine
	}
	err = cmp.Or(static(program, arch), static(terraform, arch))
	for _, path := range providers {
		below, _ := filepath.Rel(mirror, path) // the one was found under the other
		c.entries = append(c.entries, entry{path: filepath.ToSlash(filepath.Join("/plugins", below)), from: path, mode: 0o755})
		if name := filepath.Base(path); strings.HasPrefix(name, "terraform-provider-") && filepath.Ext(name) != ".zip" {
			c.programs, err = append(c.programs, path), cmp.Or(err, static(path, arch))
		}
	}
	return c, err
}

func (r release) program(name, arch string) string {
	return filepath.Join(r.programs, "linux-"+arch, name)
}

// roots are Mozilla's, which Terraform and the provider look for in a file.
func roots() string {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
	}
	return text.String()
}

// isFolder tells an entry that is a folder from one that is a file.
func (e entry) isFolder() bool { return e.from == "" && e.text == "" }

// size is that of a file.
func (e entry) size() (int64, error) {
	if e.from == "" {
		return int64(len(e.text)), nil
	}
	info, err := os.Stat(e.from)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// user is the ID of the user that runs the programs. It is a number, so that Kubernetes can see that it is not root.
const user = 65532

// contents describes what an image consists of.
type contents struct {
	name, description, licenses string
	entries                     []entry
	config                      v1.Config
	compression                 int
}

// entry is a file, copied from this machine or made from text, or else a folder.
type entry struct {
	path, from, text string
	mode             int64
	owner            int
	program          bool // written in Go
}

var images = map[string]func(release, string) (contents, error){"forwarder": forwarder, "stack": stack}

// forwarder returns one static program and nothing else: root certificates and time zones are linked into it.
func forwarder(r release, arch string) (contents, error) {
	return contents{
		name: "dispatch-events-aws",
		description: "AWS events from an SQS queue, relayed as CloudEvents to Dispatch or any other receiver, " +
			"without losing one",
		licenses:    "Apache-2.0",
		entries:     []entry{{path: "forwarder", from: r.built("forwarder", arch), mode: 0o755, program: true}},
		config:      v1.Config{Entrypoint: []string{"/forwarder"}},
		compression: gzip.BestCompression,
	}, nil
}

// built returns the file of a program of this project.
func (r release) built(name, arch string) string {
	return filepath.Join(r.programs, "linux-"+arch, name)
}

// stack returns the stack command, and the Terraform and the AWS provider that are installed on this machine.
func stack(r release, arch string) (contents, error) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		return contents{}, errors.New("terraform is not on the PATH, but the image needs it")
	}
	c := contents{
		name:        "dispatch-events-aws-stack",
		description: "The stack command of dispatch-events-aws, with Terraform and the AWS provider",
		licenses:    "Apache-2.0 AND BUSL-1.1 AND MPL-2.0",
		entries: []entry{
			{path: "bin/stack", from: r.built("stack", arch), mode: 0o755, program: true},
			{path: "bin/terraform", from: terraform, mode: 0o755, program: true},
			{path: "etc/passwd", text: "nonroot:x:65532:65532:nonroot:/home/nonroot:/bin/stack\n", mode: 0o644},
			{path: "etc/ssl/certs/ca-certificates.crt", text: roots(), mode: 0o644},
			{path: "home/nonroot/", owner: user, mode: 0o755},
			{path: "state/", owner: user, mode: 0o700},
			{path: "tmp/", mode: 0o1777},
		},
		config: v1.Config{
			Entrypoint: []string{"/bin/stack"},
			Env:        []string{"PATH=/bin", "PLUGIN_DIR=/plugins", "XDG_STATE_HOME=/state"},
			Volumes:    map[string]struct{}{"/state": {}},
		},
		compression: gzip.BestSpeed, // the image has 1 GB but is seldom pushed: speed matters more
	}
	mirror, files := providers(arch)
	if len(files) == 0 {
		return c, errors.New("no mirror with the AWS provider was found: make one with " +
			"`terraform -chdir=terraform providers mirror FOLDER` and set PLUGIN_DIR to it")
	}
	for _, file := range files {
		path, err := filepath.Rel(mirror, file)
		if err != nil {
			return c, err
		}
		program := strings.HasPrefix(filepath.Base(file), "terraform-provider-") && filepath.Ext(file) != ".zip"
		c.entries = append(c.entries, entry{path: "plugins/" + path, from: file, mode: 0o755, program: program})
	}
	return c, nil
}

// providers looks for the AWS provider in PLUGIN_DIR or else below /opt, as the stack command does.
func providers(arch string) (mirror string, files []string) {
	mirrors := []string{os.Getenv("PLUGIN_DIR")}
	if mirrors[0] == "" {
		mirrors, _ = filepath.Glob("/opt/*") // the pattern is well formed
	}
	for _, mirror = range mirrors {
		aws := filepath.Join(mirror, "*/hashicorp/aws")
		unpacked, _ := filepath.Glob(filepath.Join(aws, "*/linux_"+arch+"/*"))
		zipped, _ := filepath.Glob(filepath.Join(aws, "terraform-provider-aws_*_linux_"+arch+".zip"))
		if files = slices.Concat(unpacked, zipped); len(files) > 0 {
			return mirror, files
		}
	}
	return "", nil
}

// roots returns Mozilla's root certificates, because Terraform and the provider look for root certificates in a file.
func roots() string {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		_ = pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer never fails
	}
	return text.String()
}

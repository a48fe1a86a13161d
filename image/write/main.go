// Command write packs programs that are built already into container images: one for each architecture as an archive
// that an engine loads, all of them as an OCI image layout, and for each a list of the Go modules that are linked into
// it (CycloneDX). The same programs give the same bytes, wherever and whenever they are packed. No engine and no base
// image is needed.
//
// It is a module of its own, so that what packs the programs has no say in the versions that are linked into them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// release is what all images of one version share.
type release struct {
	version, revision string
	created           time.Time
	out               string // the folder they go to
	programs          string // the folder with a folder for each architecture: linux-amd64/forwarder
}

// run is the command in process: 0 written, 1 failed, 2 used wrongly.
func run(args []string, stdout, stderr io.Writer) int {
	r, of, arches, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	if err := r.write(of, arches, stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "write image %s: %v\n", of, err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (r release, of string, arches []string, err error) {
	var created, list string
	flags := flag.NewFlagSet("write", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&r.version, "version", "dev", "the images' version and tag")
	flags.StringVar(&r.revision, "revision", "", "the commit")
	flags.StringVar(&created, "created", "1970-01-01T00:00:00Z", "the commit's time, RFC 3339")
	flags.StringVar(&list, "arch", "amd64,arm64", "architectures")
	flags.StringVar(&r.programs, "programs", "", "the folder with the programs")
	flags.StringVar(&r.out, "out", ".", "the folder for what is written")
	if err := flags.Parse(args); err != nil {
		return r, "", nil, err
	}
	of = flags.Arg(0)
	if _, known := images[of]; !known || flags.NArg() != 1 {
		return r, "", nil, fmt.Errorf("image is %q: forwarder or stack is accepted", strings.Join(flags.Args(), " "))
	}
	r.created, err = time.Parse(time.RFC3339, created)
	if err != nil {
		return r, "", nil, fmt.Errorf("-created is %q: a time such as 2026-11-22T05:30:00Z is accepted", created)
	}
	r.created = r.created.UTC()
	return r, of, strings.Split(list, ","), nil
}

// write packs one image for each architecture.
func (r release) write(of string, arches []string, stdout io.Writer) error {
	made := map[string]v1.Image{}
	for _, arch := range arches {
		c, err := images[of](r, arch)
		if err != nil {
			return err
		}
		if made[arch], err = r.pack(c, arch); err != nil {
			return err
		}
		files, err := r.archive(c, made[arch], arch)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintln(stdout, strings.Join(files, "\n"))
		if len(arches) == len(made) && len(arches) > 1 {
			folder, digest, err := r.layout(c, arches, made)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintln(stdout, folder, digest)
		}
	}
	return nil
}

var notInTags = regexp.MustCompile(`[^A-Za-z0-9_.-]`)

// tag is the version as the name of an image takes it: 1.0.0+3 becomes 1.0.0-3.
func tag(version string) string {
	text := strings.TrimLeft(notInTags.ReplaceAllString(version, "-"), ".-")
	if text == "" {
		return "dev"
	}
	return text[:min(len(text), 128)]
}

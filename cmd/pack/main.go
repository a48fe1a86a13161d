// Command pack packs programs, which must be built already, into container images. For each architecture, it writes an
// archive that a container engine can load, and a list of the Go modules in the image (CycloneDX). It also writes an
// OCI image layout with the images of all architectures. The same programs result in the same bytes, wherever and
// whenever they are packed. It needs neither a container engine nor a base image.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// release is what all images of one version share.
type release struct {
	version, tag, revision string
	created                time.Time
	programs               string // the folder with the programs: linux-amd64/forwarder for each architecture
	out                    string // the folder for the output
}

func run(args []string, stdout io.Writer) error {
	var r release
	flags := flag.NewFlagSet("pack", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "dev", "`version` of the images")
	flags.StringVar(&r.tag, "tag", "dev", "`tag` of the images")
	flags.StringVar(&r.revision, "revision", "", "`commit` of the programs")
	flags.TextVar(&r.created, "created", time.Unix(0, 0).UTC(), "`time` of the commit, such as 2026-11-22T05:30:00Z")
	arches := flags.String("arch", "amd64,arm64", "`architectures`, separated by commas")
	flags.StringVar(&r.programs, "programs", "", "`folder` that contains the programs, such as linux-amd64/forwarder")
	flags.StringVar(&r.out, "out", ".", "`folder` for the output")
	flags.Usage = func() {
		_, _ = fmt.Fprintln(flags.Output(), "Usage: pack [flags] forwarder|stack\n\n"+
			"pack packs programs, which must be built already, into container images.\n\nFlags:")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	describe, known := images[flags.Arg(0)]
	if !known || flags.NArg() != 1 {
		return fmt.Errorf("image %q is not known; use forwarder or stack", strings.Join(flags.Args(), " "))
	}
	r.created = r.created.UTC()
	return r.write(describe, strings.Split(*arches, ","), stdout)
}

// write packs one image for each architecture and, if there are several, also writes the OCI image layout. It prints
// the names of what it has written.
func (r release) write(describe func(release, string) (contents, error), arches []string, stdout io.Writer) error {
	var c contents
	var packed []mutate.IndexAddendum
	for _, arch := range arches {
		var err error
		if c, err = describe(r, arch); err != nil {
			return err
		}
		image, err := r.pack(c, arch)
		if err != nil {
			return err
		}
		platform := v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}
		packed = append(packed, mutate.IndexAddendum{Add: plain{image}, Descriptor: platform})
		base := filepath.Join(r.out, c.name+"-"+r.tag+"-"+arch)
		if err := r.writeModules(c, image, arch, base+".cdx.json"); err != nil {
			return err
		}
		ref, err := name.NewTag(c.name + ":" + r.tag)
		if err != nil {
			return err
		}
		if err := tarball.WriteToFile(base+".tar", ref, image); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(stdout, "%s.tar\n%s.cdx.json\n", base, base)
	}
	if len(packed) < 2 {
		return nil
	}
	folder := filepath.Join(r.out, c.name+"-"+r.tag+".oci")
	digest, err := r.writeLayout(c, packed, folder)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(stdout, folder, digest)
	return nil
}

// Command pack-image packs the forwarder, which must be built already, into container images. For each architecture, it
// writes an archive that a container engine can load, and a list of the Go modules in the image (CycloneDX). It also
// writes an OCI image layout with the images of all architectures. The same programs result in the same bytes, wherever
// and whenever they are packed. It needs neither a container engine nor a base image.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/kelseyhightower/envconfig"
)

const (
	title       = "dispatch-events-aws"
	description = "AWS events from an SQS queue, relayed as CloudEvents to Dispatch or any other receiver, " +
		"without losing one"
)

func main() {
	if err := run(os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "pack-image:", err)
		os.Exit(1)
	}
}

// release is what the images of one version share. Each field is read from the environment variable of its name.
type release struct {
	Version  string    `required:"true"`
	Tag      string    `required:"true"`
	Revision string    `required:"true"` // the commit of the programs
	Created  time.Time `required:"true"` // the time of the commit
	Dist     string    `required:"true"` // folder for the output, in which are programs/linux-amd64/forwarder and so on
}

// run packs one image for each architecture, and also writes all of them as an OCI image layout, which is pushed to
// registries. It prints the names of what it has written.
func run(stdout io.Writer) error {
	var r release
	if err := envconfig.Process("", &r); err != nil {
		return err
	}
	r.Created = r.Created.UTC()
	ref, err := name.NewTag(title + ":" + r.Tag)
	if err != nil {
		return err
	}
	base := filepath.Join(r.Dist, title+"-"+r.Tag)
	index := mutate.Annotations(empty.Index, r.labels()).(v1.ImageIndex)
	for _, arch := range []string{"amd64", "arm64"} {
		program := filepath.Join(r.Dist, "programs", "linux-"+arch, "forwarder")
		image, err := r.pack(program, arch)
		if err != nil {
			return err
		}
		archive, modules := base+"-"+arch+".tar", base+"-"+arch+".cdx.json"
		if err := r.writeModules(modules, program, arch, image); err != nil {
			return err
		}
		if err := tarball.WriteToFile(archive, ref, image); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(stdout, "%s\n%s\n", archive, modules)
		platform := v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: plain{image}, Descriptor: platform})
	}
	if err := os.RemoveAll(base + ".oci"); err != nil {
		return err
	}
	named := v1.Descriptor{Annotations: map[string]string{"org.opencontainers.image.ref.name": r.Tag}}
	whole := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: index, Descriptor: named})
	if _, err := layout.Write(base+".oci", whole); err != nil {
		return err
	}
	digest, err := index.Digest()
	_, _ = fmt.Fprintln(stdout, base+".oci", digest)
	return err
}

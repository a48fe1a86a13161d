package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pack makes the image for one architecture. It has one static program and nothing else: root certificates and time
// zones are linked into it. The user is a number, so that Kubernetes can see that it is not root.
func (r release) pack(program, arch string) (v1.Image, error) {
	text, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var files bytes.Buffer // writing to it never fails
	archive := tar.NewWriter(&files)
	_ = archive.WriteHeader(&tar.Header{Name: "forwarder", Mode: 0o755, ModTime: r.Created, Size: int64(len(text))})
	_, _ = archive.Write(text)
	_ = archive.Close()
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression),
		tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: r.Created}
	bare := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(bare, &v1.ConfigFile{
		Architecture: arch, OS: "linux", Created: created, RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{User: "65532:65532", Entrypoint: []string{"/forwarder"}, Labels: r.labels()},
	})
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: created, CreatedBy: title, Comment: "packed without a container engine"},
	})
}

// labels returns the labels of the OCI image specification.
func (r release) labels() map[string]string {
	const prefix = "org.opencontainers.image."
	return map[string]string{
		prefix + "title":       title,
		prefix + "description": description,
		prefix + "licenses":    "Apache-2.0",
		prefix + "source":      "https://github.com/dispatchframework/dispatch-events-aws",
		prefix + "version":     r.Version,
		prefix + "revision":    r.Revision,
		prefix + "created":     r.Created.Format(time.RFC3339),
	}
}

// plain is an image without an artefact type. The library takes one from the configuration of an image, but some tools
// leave it out when they copy the image; then the index would have another digest in the registry.
type plain struct{ v1.Image }

// ArtifactType returns the type for the index: none.
func (plain) ArtifactType() (string, error) { return "", nil }

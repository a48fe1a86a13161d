package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pack makes the image for one architecture.
func (r release) pack(c contents, arch string) (v1.Image, error) {
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		reader, writer := io.Pipe()
		go func() { writer.CloseWithError(writeTar(writer, c.entries, r.created)) }()
		return reader, nil
	}, tarball.WithCompressionLevel(c.compression), tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	c.config.User = fmt.Sprintf("%d:%d", user, user)
	c.config.Labels = r.labels(c)
	created := v1.Time{Time: r.created}
	bare := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(bare, &v1.ConfigFile{
		Architecture: arch, OS: "linux", Created: created, Config: c.config, RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: created, CreatedBy: c.name, Comment: "packed without a container engine"},
	})
}

// writeTar writes the entries. All have the time of the commit.
func writeTar(w io.Writer, entries []entry, created time.Time) error {
	archive := tar.NewWriter(w)
	for _, e := range entries {
		if err := e.write(archive, created); err != nil {
			return fmt.Errorf("pack %s: %w", e.path, err)
		}
	}
	return archive.Close()
}

func (e entry) write(archive *tar.Writer, created time.Time) error {
	size, content := int64(len(e.text)), io.Reader(strings.NewReader(e.text))
	if e.from != "" {
		file, err := os.Open(e.from)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		size, content = info.Size(), file
	}
	header := &tar.Header{Name: e.path, Mode: e.mode, Uid: e.owner, Gid: e.owner, ModTime: created, Size: size}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(archive, content)
	return err
}

// labels returns the labels of the OCI image specification.
func (r release) labels(c contents) map[string]string {
	const prefix = "org.opencontainers.image."
	return map[string]string{
		prefix + "title":       c.name,
		prefix + "description": c.description,
		prefix + "licenses":    c.licenses,
		prefix + "source":      "https://github.com/dispatchframework/dispatch-events-aws",
		prefix + "version":     r.version,
		prefix + "revision":    r.revision,
		prefix + "created":     r.created.Format(time.RFC3339),
	}
}

// writeLayout writes the images of all architectures as an OCI image layout, which is pushed to registries.
func (r release) writeLayout(c contents, images []mutate.IndexAddendum, folder string) (v1.Hash, error) {
	index := mutate.AppendManifests(mutate.Annotations(empty.Index, r.labels(c)).(v1.ImageIndex), images...)
	if err := os.RemoveAll(folder); err != nil {
		return v1.Hash{}, fmt.Errorf("replace the layout: %w", err)
	}
	named := v1.Descriptor{Annotations: map[string]string{"org.opencontainers.image.ref.name": r.tag}}
	whole := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: index, Descriptor: named})
	if _, err := layout.Write(folder, whole); err != nil {
		return v1.Hash{}, err
	}
	return index.Digest()
}

// plain is an image without an artefact type. The library takes one from the configuration of an image, but some tools
// leave it out when they copy the image; then the index would have another digest in the registry.
type plain struct{ v1.Image }

// ArtifactType returns the type for the index: none.
func (plain) ArtifactType() (string, error) { return "", nil }

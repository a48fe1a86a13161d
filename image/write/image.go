package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pack makes the image for one architecture.
func (r release) pack(c contents, arch string) (v1.Image, error) {
	layer, err := c.layer(r.created)
	if err != nil {
		return nil, err
	}
	bare := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	config := &v1.ConfigFile{
		Architecture: arch, OS: "linux", Created: v1.Time{Time: r.created},
		Config: v1.Config{
			User: strconv.Itoa(user) + ":" + strconv.Itoa(user), Entrypoint: []string{c.entrypoint}, Env: c.env, Labels: r.labels(c),
		},
		RootFS: v1.RootFS{Type: "layers"},
	}
	if c.volume != "" {
		config.Config.Volumes = map[string]struct{}{c.volume: {}}
	}
	configured, err := mutate.ConfigFile(bare, config)
	if err != nil {
		return nil, err
	}
	return mutate.Append(configured, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: r.created}, CreatedBy: c.title, Comment: "packed without an engine"},
	})
}

// labels are those of the OCI image specification.
func (r release) labels(c contents) map[string]string {
	const prefix = "org.opencontainers.image."
	return map[string]string{
		prefix + "title": c.title, prefix + "description": c.description, prefix + "licenses": c.licenses,
		prefix + "source": source, prefix + "version": r.version, prefix + "revision": r.revision,
		prefix + "created": r.created.Format(time.RFC3339),
	}
}

// archive writes what `docker load` takes, and the list of modules beside it.
func (r release) archive(c contents, image v1.Image, arch string) ([]string, error) {
	ref, err := name.NewTag(c.name + ":" + tag(r.version))
	if err != nil {
		return nil, err
	}
	base := filepath.Join(r.out, c.name+"-"+tag(r.version)+"-"+arch)
	if err := tarball.WriteToFile(base+".tar", ref, image); err != nil {
		return nil, err
	}
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	bill, err := r.bill(c, arch, digest.String())
	if err != nil {
		return nil, err
	}
	return []string{base + ".tar", base + ".cdx.json"}, os.WriteFile(base+".cdx.json", bill, 0o644) //nolint:gosec // for everybody to read
}

// layout writes the index of all architectures as an OCI image layout, from which registries are filled.
func (r release) layout(c contents, arches []string, made map[string]v1.Image) (folder, digest string, err error) {
	var index v1.ImageIndex = empty.Index
	for _, arch := range arches {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: plain{made[arch]}, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	index = mutate.Annotations(index, r.labels(c)).(v1.ImageIndex) // it returns what it was given
	folder = filepath.Join(r.out, c.name+"-"+tag(r.version)+".oci")
	if err := os.RemoveAll(folder); err != nil {
		return "", "", fmt.Errorf("replace the layout: %w", err)
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return "", "", err
	}
	err = path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": tag(r.version)}))
	if err != nil {
		return "", "", err
	}
	hash, err := index.Digest()
	return folder, hash.String(), err
}

// plain is an image that an index describes as one. The library adds an artefact type, which is for what is no image,
// and which some tools leave out when they copy: the index would have another digest in the registry.
type plain struct{ v1.Image }

// Descriptor is what the index says of the image.
func (p plain) Descriptor() (*v1.Descriptor, error) {
	digest, err := p.Digest()
	if err != nil {
		return nil, err
	}
	size, err := p.Size()
	return &v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: digest, Size: size}, err
}

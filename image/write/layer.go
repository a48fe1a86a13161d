package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// entry is a file of the image, taken from a file of this machine or from text; one with neither is a folder.
type entry struct {
	path, from, text string
	mode             int64
	owner            int
}

// layer is a layer of these entries, and of the folders that lead to them. All bear the time of the commit.
func (c contents) layer(created time.Time) (v1.Layer, error) {
	all := withFolders(c.entries)
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(writeTar(w, all, created)) }()
		return r, nil
	}, tarball.WithCompressionLevel(c.compression), tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// withFolders adds the folders that nobody named, and sorts: a folder comes before what is in it.
func withFolders(entries []entry) []entry {
	named := map[string]entry{}
	for _, e := range entries {
		for dir := path.Dir(e.path); dir != "/"; dir = path.Dir(dir) {
			if _, ok := named[dir]; !ok {
				named[dir] = entry{path: dir, mode: 0o755}
			}
		}
		named[e.path] = e
	}
	var all []entry
	for _, e := range named {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return all
}

func writeTar(w io.Writer, entries []entry, created time.Time) error {
	t := tar.NewWriter(w)
	for _, e := range entries {
		header := &tar.Header{
			Format: tar.FormatPAX, Typeflag: tar.TypeDir, Name: strings.TrimPrefix(e.path, "/") + "/",
			Mode: e.mode, Uid: e.owner, Gid: e.owner, ModTime: created.Truncate(time.Second),
		}
		if !e.isFolder() {
			size, err := e.size()
			if err != nil {
				return fmt.Errorf("measure %s: %w", e.path, err)
			}
			header.Typeflag, header.Name, header.Size = tar.TypeReg, strings.TrimPrefix(e.path, "/"), size
		}
		if err := t.WriteHeader(header); err != nil {
			return fmt.Errorf("pack %s: %w", e.path, err)
		}
		if err := e.copy(t); err != nil {
			return fmt.Errorf("pack %s: %w", e.path, err)
		}
	}
	return t.Close()
}

func (e entry) copy(w io.Writer) (err error) {
	if e.from == "" {
		_, err = io.WriteString(w, e.text)
		return err
	}
	file, err := os.Open(e.from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.Copy(w, file)
	return err
}

package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// most is the maximum size that the engine may report for the forwarder's image.
const most = 25_000_000

func TestWhatTheImageIs(t *testing.T) {
	needEngine(t)
	dist(t)
	inspect := func(format string) string { return docker(t, "image", "inspect", "--format", format, subject) }
	if size, err := strconv.Atoi(inspect("{{.Size}}")); err != nil || size > most {
		t.Errorf("size is %d: at most %d is accepted", size, most)
	}
	var config struct {
		User            string
		Env, Entrypoint []string
		Labels          map[string]string
	}
	if err := json.Unmarshal([]byte(inspect("{{json .Config}}")), &config); err != nil {
		t.Fatal(err)
	}
	if config.User != "65532:65532" || !slices.Equal(config.Entrypoint, []string{"/forwarder"}) || len(config.Env) > 0 {
		t.Errorf("configuration: %+v", config)
	}
	delete(config.Labels, "org.opencontainers.image.description")
	want := map[string]string{
		"org.opencontainers.image.title":    "dispatch-events-aws",
		"org.opencontainers.image.licenses": "Apache-2.0",
		"org.opencontainers.image.source":   "https://github.com/dispatchframework/dispatch-events-aws",
		"org.opencontainers.image.version":  version,
		"org.opencontainers.image.revision": revision,
		"org.opencontainers.image.created":  created,
	}
	if d := cmp.Diff(want, config.Labels); d != "" {
		t.Error("labels:", d)
	}
	if files := filesOf(t, subject); !slices.Equal(files, []string{"forwarder"}) {
		t.Errorf("the image holds more than the forwarder: %q", files)
	}
}

// filesOf returns the files of a container that are not empty, because the engine adds empty ones.
func filesOf(t *testing.T, image string) (files []string) {
	t.Helper()
	id := docker(t, "create", image)
	t.Cleanup(func() { docker(t, "rm", "--force", id) })
	cmd := exec.CommandContext(t.Context(), "docker", "export", id)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for in := tar.NewReader(bytes.NewReader(text)); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeReg && header.Size > 0 {
			files = append(files, header.Name)
		}
	}
}

// TestSameBytes builds again in another folder, at another time.
func TestSameBytes(t *testing.T) {
	first, root, second := dist(t), t.TempDir(), t.TempDir()
	for _, part := range []string{"cmd", "forwarder"} {
		if err := os.CopyFS(filepath.Join(root, part), os.DirFS(filepath.Join("../..", part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "Makefile"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(root, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := makeImage(root, second); err != nil {
		t.Fatal(err)
	}
	one, two := written(t, first), written(t, second)
	for name, text := range two {
		if !bytes.Equal(one[name], text) {
			t.Errorf("%s is another when it is built elsewhere", name)
		}
	}
	// Two programs, archives and lists; the layout has two files, an index, two manifests, configurations and layers.
	if len(two) < 12 {
		t.Errorf("only %d files were written: %q", len(two), slices.Sorted(maps.Keys(two)))
	}
}

// written returns the files of the forwarder's images.
func written(t *testing.T, dist string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dist, func(path string, d os.DirEntry, err error) error {
		name, _ := filepath.Rel(dist, path)
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestArm64 runs the program for the other architecture if an emulator is installed.
func TestArm64(t *testing.T) {
	path := program(dist(t), "arm64")
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if file.Machine != elf.EM_AARCH64 {
		t.Errorf("the program is for %s", file.Machine)
	}
	emulator, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		t.Skip("not run: qemu-aarch64-static is not on the PATH")
	}
	out, err := exec.CommandContext(t.Context(), emulator, path, "--version").CombinedOutput()
	text := string(out)
	if err != nil || !strings.HasPrefix(text, "forwarder "+version+"\n") || !strings.HasSuffix(text, " linux/arm64\n") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestModules checks the list of modules that is written with the image.
func TestModules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(dist(t), "dispatch-events-aws-"+tagged+"-arm64.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, c := range bill.Components {
		found[c.Name] = c.PURL
	}
	for name, prefix := range map[string]string{
		"std":             "pkg:golang/std@1.",
		"go.uber.org/zap": "pkg:golang/go.uber.org/zap@v1.",
	} {
		if bill.BOMFormat != "CycloneDX" || !strings.HasPrefix(found[name], prefix) {
			t.Errorf("%s is listed as %q", name, found[name])
		}
	}
	if found["github.com/google/go-containerregistry"] != "" {
		t.Error("what packs the image is linked into what it packs")
	}
}

package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// writeModules writes a list of the Go modules of an image's programs, in the JSON format of CycloneDX. The linker
// records them in the programs, so that the list cannot differ from what runs.
func (r release) writeModules(c contents, image v1.Image, arch, path string) error {
	var components []cyclonedx.Component
	for _, e := range c.entries {
		if !e.program {
			continue
		}
		info, err := readBuildInfo(e.from, arch)
		if err != nil {
			return err
		}
		program := cyclonedx.Component{
			BOMRef: filepath.Base(e.from), Type: cyclonedx.ComponentTypeApplication, Name: info.Path,
		}
		components = append(append(components, program), modulesIn(info)...)
	}
	slices.SortFunc(components, func(a, b cyclonedx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	components = slices.CompactFunc(components, func(a, b cyclonedx.Component) bool { return a.BOMRef == b.BOMRef })
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	subject := cyclonedx.Component{
		BOMRef: "image", Type: cyclonedx.ComponentTypeContainer, Name: c.name, Version: r.version, Description: c.description,
		PackageURL: fmt.Sprintf("pkg:oci/%s@%s?arch=%s", c.name, strings.Replace(digest.String(), ":", "%3A", 1), arch),
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.created.Format(time.RFC3339), Component: &subject}
	bom.Components = &components
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = cyclonedx.NewBOMEncoder(file, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return errors.Join(err, file.Close())
}

// readBuildInfo returns how a program was built. One that cannot run in the image is an error.
func readBuildInfo(program, arch string) (*debug.BuildInfo, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, fmt.Errorf("read %s, which must be a program for linux/%s: %w", program, arch, err)
	}
	for _, needed := range []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: arch}, {Key: "CGO_ENABLED", Value: "0"},
	} {
		if !slices.Contains(info.Settings, needed) {
			return nil, fmt.Errorf("%s was not built with %s=%s: the image has no shared libraries, and is for linux/%s",
				program, needed.Key, needed.Value, arch)
		}
	}
	return info, nil
}

// modulesIn returns the modules of a program, and Go's standard library.
func modulesIn(info *debug.BuildInfo) (modules []cyclonedx.Component) {
	std := &debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	for _, module := range append(info.Deps, std) {
		if module.Replace != nil {
			module = module.Replace
		}
		url := "pkg:golang/" + module.Path + "@" + module.Version
		component := cyclonedx.Component{
			BOMRef: url, Type: cyclonedx.ComponentTypeLibrary, Name: module.Path, Version: module.Version, PackageURL: url,
		}
		if module.Sum != "" { // Go's hash of a module is not one of the hashes that CycloneDX knows
			component.Properties = &[]cyclonedx.Property{{Name: "go.sum", Value: module.Sum}}
		}
		modules = append(modules, component)
	}
	return modules
}

package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// listModules writes a list of the Go modules of an image's programs, in the JSON format of CycloneDX. The linker
// records them in the programs, so that the list cannot differ from what runs. It also records how a program was built:
// one that cannot run in the image is an error.
func (r release) listModules(c contents, image v1.Image, arch, path string) error {
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	subject := cyclonedx.Component{
		BOMRef: "image", Type: cyclonedx.ComponentTypeContainer, Name: c.name, Version: r.version, Description: c.description,
		PackageURL: fmt.Sprintf("pkg:oci/%s@%s?arch=%s", c.name, strings.Replace(digest.String(), ":", "%3A", 1), arch),
	}
	components := map[string]cyclonedx.Component{}
	programs := cyclonedx.Dependency{Ref: subject.BOMRef, Dependencies: new([]string)}
	var dependencies []cyclonedx.Dependency
	for _, program := range c.programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return fmt.Errorf("read %s, which must be a program for linux/%s: %w", program, arch, err)
		}
		for _, needed := range []debug.BuildSetting{
			{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: arch}, {Key: "CGO_ENABLED", Value: "0"},
		} {
			if !slices.Contains(info.Settings, needed) {
				return fmt.Errorf("%s was not built with %s=%s: the image has no shared libraries, and is for linux/%s",
					program, needed.Key, needed.Value, arch)
			}
		}
		ref := filepath.Base(program)
		components[ref] = cyclonedx.Component{BOMRef: ref, Type: cyclonedx.ComponentTypeApplication, Name: info.Path}
		*programs.Dependencies = append(*programs.Dependencies, ref)
		parts := modules(info)
		maps.Copy(components, parts)
		needs := slices.Sorted(maps.Keys(parts))
		dependencies = append(dependencies, cyclonedx.Dependency{Ref: ref, Dependencies: &needs})
	}
	dependencies = append(dependencies, programs)
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.created.Format(time.RFC3339), Component: &subject}
	bom.Components, bom.Dependencies = new([]cyclonedx.Component), &dependencies
	for _, ref := range slices.Sorted(maps.Keys(components)) {
		*bom.Components = append(*bom.Components, components[ref])
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = cyclonedx.NewBOMEncoder(file, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return errors.Join(err, file.Close())
}

// modules returns the modules of a program, and Go's standard library, by package URL.
func modules(info *debug.BuildInfo) map[string]cyclonedx.Component {
	parts := map[string]cyclonedx.Component{}
	std := &debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}
	for _, module := range append(info.Deps, std) {
		if module.Replace != nil {
			module = module.Replace
		}
		url := "pkg:golang/" + module.Path + "@" + module.Version
		part := cyclonedx.Component{
			BOMRef: url, Type: cyclonedx.ComponentTypeLibrary, Name: module.Path, Version: module.Version, PackageURL: url,
		}
		if module.Sum != "" { // Go's hash of a module is not one of the hashes that CycloneDX knows
			part.Properties = &[]cyclonedx.Property{{Name: "go.sum", Value: module.Sum}}
		}
		parts[url] = part
	}
	return parts
}

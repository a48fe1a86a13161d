package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// writeModules writes a list of the program, its Go modules and Go's standard library, in the JSON format of CycloneDX.
// The linker records them in the program, so that the list cannot differ from what runs. A program that cannot run in
// the image is an error.
func (r release) writeModules(path, program, arch string, image v1.Image) error {
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
	components := []cyclonedx.Component{{BOMRef: "forwarder", Type: cyclonedx.ComponentTypeApplication, Name: info.Path}}
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
		components = append(components, component)
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	bom := cyclonedx.NewBOM()
	bom.Components = &components
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.Created.Format(time.RFC3339), Component: &cyclonedx.Component{
		BOMRef: "image", Type: cyclonedx.ComponentTypeContainer, Name: title, Version: r.Version, Description: description,
		PackageURL: fmt.Sprintf("pkg:oci/%s@%s?arch=%s", title, strings.Replace(digest.String(), ":", "%3A", 1), arch),
	}}
	var text bytes.Buffer // writing to it never fails
	_ = cyclonedx.NewBOMEncoder(&text, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return os.WriteFile(path, text.Bytes(), 0o644) //nolint:gosec // everybody may read it
}

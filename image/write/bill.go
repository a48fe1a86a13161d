package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
)

// bill lists the Go modules that are linked into the image's programs, in CycloneDX's JSON. The linker wrote them into
// the programs, so that the list cannot differ from what runs.
func (r release) bill(c contents, arch, digest string) ([]byte, error) {
	image := cyclonedx.Component{
		BOMRef: "image", Type: cyclonedx.ComponentTypeContainer, Name: c.name, Version: r.version, Description: c.description,
		PackageURL: fmt.Sprintf("pkg:oci/%s@%s?arch=%s", c.name, strings.Replace(digest, ":", "%3A", 1), arch),
	}
	components, needs := map[string]cyclonedx.Component{}, map[string][]string{}
	for _, program := range c.programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return nil, fmt.Errorf("read the modules of %s: %w", filepath.Base(program), err)
		}
		main := cyclonedx.Component{BOMRef: filepath.Base(program), Type: cyclonedx.ComponentTypeApplication, Name: info.Path}
		components[main.BOMRef] = main
		needs["image"] = append(needs["image"], main.BOMRef)
		for _, part := range modules(info) {
			components[part.BOMRef] = part
			needs[main.BOMRef] = append(needs[main.BOMRef], part.BOMRef)
		}
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.created.Format(time.RFC3339), Component: &image}
	var list []cyclonedx.Component
	for _, ref := range slices.Sorted(maps.Keys(components)) {
		list = append(list, components[ref])
	}
	var dependencies []cyclonedx.Dependency
	for _, ref := range slices.Sorted(maps.Keys(needs)) {
		dependencies = append(dependencies, cyclonedx.Dependency{Ref: ref, Dependencies: new(needs[ref])})
	}
	bom.Components, bom.Dependencies = &list, &dependencies
	var text bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&text, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
		return nil, fmt.Errorf("encode the list of modules: %w", err)
	}
	return text.Bytes(), nil
}

// modules are those of a program, with Go's own library.
func modules(info *buildinfo.BuildInfo) []cyclonedx.Component {
	all := []cyclonedx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"), "")}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		all = append(all, library(module.Path, module.Version, module.Sum))
	}
	return all
}

func library(path, version, sum string) cyclonedx.Component {
	url := "pkg:golang/" + path + "@" + version
	part := cyclonedx.Component{BOMRef: url, Type: cyclonedx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url}
	if sum != "" {
		part.Properties = &[]cyclonedx.Property{{Name: "go.sum", Value: sum}} // Go's hash of a module is none of CycloneDX's
	}
	return part
}

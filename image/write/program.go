package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// static refuses a program that would not run in an image that has nothing but it.
func static(path, arch string) (err error) {
	file, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("read %s, which must be a program for linux/%s: %w", path, arch, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if file.Machine != machines[arch] {
		return fmt.Errorf("%s is for %s: one for linux/%s is needed", path, file.Machine, arch)
	}
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			return fmt.Errorf("%s needs shared libraries: a static program is needed", path)
		}
	}
	return nil
}

// findTerraform finds what the stack's image holds besides the stack command, and says what is missing.
func findTerraform(arch string) (terraform, mirror string, providers []string, err error) {
	if arch != runtime.GOARCH {
		return "", "", nil, fmt.Errorf("this machine has Terraform for %s: the image for %s is to be made on such a machine", runtime.GOARCH, arch)
	}
	terraform, err = exec.LookPath("terraform")
	if err != nil {
		return "", "", nil, errors.New("terraform is not on the PATH: it goes into the image")
	}
	if terraform, err = filepath.EvalSymlinks(terraform); err != nil {
		return "", "", nil, err
	}
	for _, mirror = range mirrors() {
		for _, pattern := range []string{"*/linux_" + arch + "/*", "terraform-provider-aws_*_linux_" + arch + ".zip"} {
			found, _ := filepath.Glob(filepath.Join(mirror, "*", "hashicorp", "aws", pattern)) // the pattern is well formed
			providers = append(providers, found...)
		}
		if len(providers) > 0 {
			return terraform, mirror, providers, nil
		}
	}
	return "", "", nil, errors.New("no mirror with the AWS provider was found: make one with `terraform -chdir=terraform providers mirror FOLDER` and give it as PLUGIN_DIR")
}

// mirrors are the folders in which the stack command and Terraform look; a named one is the only one.
func mirrors() []string {
	if named := os.Getenv("PLUGIN_DIR"); named != "" {
		return []string{named}
	}
	home, _ := os.UserHomeDir()
	others, _ := filepath.Glob("/opt/*")
	return append([]string{
		filepath.Join(home, ".terraform.d", "plugins"), filepath.Join(home, ".local", "share", "terraform", "plugins"),
		"/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
	}, others...)
}

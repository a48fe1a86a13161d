//go:build !unix

package driver

// inGroup is for systems whose terminals interrupt a process group.
func inGroup(path string, _ map[string]string) string { return path }

// EndLeftOver is for systems that tell where a process was started from.
func EndLeftOver(string) {}

package main

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// children are all processes that were started, so that none is forgotten.
type children struct {
	mu   sync.Mutex
	all  []*child
	gone bool // no more may be started
}

func (c *children) start(name, program string, args, env []string, stdout io.Writer) (*child, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return nil, fmt.Errorf("start %s: %w", name, context.Canceled)
	}
	started, err := start(name, program, args, env, stdout)
	if err == nil {
		c.all = append(c.all, started)
	}
	return started, err
}

// end stops what still runs, the youngest first.
func (c *children) end() {
	c.mu.Lock()
	c.gone = true
	all := slices.Clone(c.all)
	c.mu.Unlock()
	for _, one := range slices.Backward(all) {
		_ = one.stop(syscall.SIGTERM, endTimeout) // that it had failed is known by now
	}
}

func (c *children) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		one.kill()
	}
}

// left names the children of whose group something still runs.
func (c *children) left() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if one.left() {
			names = append(names, one.name)
		}
	}
	return names
}

// build compiles programs of this module into the demo's folder.
func (d *demo) build(ctx context.Context, packages ...string) error {
	args := append([]string{"build", "-ldflags=-s -w", "-o", d.folder + string(filepath.Separator)}, packages...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build %v: %w\n%s", packages, err, out)
	}
	return nil
}

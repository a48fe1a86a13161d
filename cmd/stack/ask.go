package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// approver asks the person about a plan, where there is one to ask.
func (c *command) approver(auto bool) func(context.Context, stack.Plan) (bool, error) {
	return func(ctx context.Context, p stack.Plan) (bool, error) {
		question := "Do this?"
		if p.Destroy {
			question = fmt.Sprintf("Remove all of stack %s?", p.Stack)
		}
		return c.confirm(ctx, auto, question)
	}
}

// confirm asks a question, where there is somebody to ask.
func (c *command) confirm(ctx context.Context, auto bool, question string) (bool, error) {
	if auto || !c.asks {
		return true, nil
	}
	_, _ = fmt.Fprintf(c.stderr, "%s [y/N] ", question)
	return c.answer(ctx)
}

// answer waits for a line, or for the context's end: the reader of the line is left behind then, with a process that ends.
func (c *command) answer(ctx context.Context) (bool, error) {
	lines := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(c.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			line = ""
		}
		lines <- line
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case line := <-lines:
		answer := strings.ToLower(strings.TrimSpace(line))
		return answer == "y" || answer == "yes", nil
	}
}

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

// unattendedError refuses what would need an answer, where standard input is no terminal from which one could come.
type unattendedError struct{}

func (*unattendedError) Error() string { return "nobody can answer here, nothing was changed" }

// Hint says how to approve in advance.
func (*unattendedError) Hint() string {
	return "AUTO_APPROVE=true (--auto-approve, or STACK_AUTO_APPROVE=true in the environment) approves it without a question"
}

// approver asks the person about a plan.
func (c *command) approver(auto bool) func(context.Context, stack.Plan) (bool, error) {
	return func(ctx context.Context, p stack.Plan) (bool, error) {
		question := "Apply these changes?"
		if p.Destroy {
			question = fmt.Sprintf("Destroy all of stack %s?", p.Stack)
		}
		if len(p.Lost) > 0 {
			question = fmt.Sprintf("%s, and lose %s?", strings.TrimSuffix(question, "?"), strings.Join(p.Lost, ", "))
		}
		return c.confirm(ctx, auto, question)
	}
}

// confirm asks a question. Whether somebody can answer is decided by standard input alone: the output may well go
// through a pipe.
func (c *command) confirm(ctx context.Context, auto bool, question string) (bool, error) {
	if err := c.attended(auto); err != nil || auto {
		return auto, err
	}
	_, _ = fmt.Fprintf(c.stderr, "%s [y/N] ", question)
	return c.answer(ctx)
}

// attended refuses where a question has to be asked and cannot be answered.
func (c *command) attended(auto bool) error {
	if auto || c.asks {
		return nil
	}
	return &unattendedError{}
}

// answer waits for a line, or for the context's end: the reader of the line is left behind then, with a process that
// ends.
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

package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// unattendedError refuses what would need an answer, where standard input is no terminal from which one could come.
type unattendedError struct{}

func (*unattendedError) Error() string {
	return "nobody can approve this, because standard input is not a terminal; nothing was changed"
}

// Hint says how to approve in advance.
func (*unattendedError) Hint() string {
	return "to approve it without a question, set AUTO_APPROVE=true (--auto-approve, or STACK_AUTO_APPROVE=true in the " +
		"environment)"
}

// attended refuses where a question has to be asked and cannot be answered.
func (p *program) attended(auto bool) error {
	if auto || p.asks {
		return nil
	}
	return &unattendedError{}
}

// approver asks the person about a plan.
func (p *program) approver(auto bool) func(context.Context, stack.Plan) (bool, error) {
	return func(ctx context.Context, plan stack.Plan) (bool, error) {
		question := "Apply these changes"
		if plan.Destroy {
			question = "Destroy all of stack " + plan.Stack
		}
		if len(plan.Lost) > 0 {
			question += ", and lose " + strings.Join(plan.Lost, ", ")
		}
		return p.confirm(ctx, auto, question+"?")
	}
}

// confirm asks a question, and waits for a line or for the context's end: the reader of the line is left behind then,
// with a process that ends. Whether somebody can answer is decided by standard input alone: the output may well go
// through a pipe.
func (p *program) confirm(ctx context.Context, auto bool, question string) (bool, error) {
	if err := p.attended(auto); err != nil || auto {
		return auto, err
	}
	_, _ = fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	answers := make(chan bool, 1)
	go func() {
		line, err := bufio.NewReader(p.stdin).ReadString('\n')
		typed := strings.ToLower(strings.TrimSpace(line))
		answers <- err == nil && (typed == "y" || typed == "yes") // a line that was not finished is no answer
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case yes := <-answers:
		return yes, nil
	}
}

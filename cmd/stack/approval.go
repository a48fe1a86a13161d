package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

// errUnattended is returned if a question must be asked but standard input is not a terminal, so nobody can answer.
var errUnattended = &stack.Refusal{
	Reason: "nobody can approve this, because standard input is not a terminal; nothing was changed",
	Remedy: "to approve it without a question, set AUTO_APPROVE=true (--auto-approve, or STACK_AUTO_APPROVE=true in the " +
		"environment)",
}

// approver returns a function that asks for approval of a plan.
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

// confirm asks a question, and waits for a line or until the context ends. In the second case the goroutine that reads
// the line is abandoned, because the process is about to end. Only standard input decides whether somebody can answer,
// because the output may well go through a pipe.
func (p *program) confirm(ctx context.Context, auto bool, question string) (bool, error) {
	if auto {
		return true, nil
	}
	if !p.asks {
		return false, errUnattended
	}
	_, _ = fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	answers := make(chan bool, 1)
	go func() {
		line, err := bufio.NewReader(p.stdin).ReadString('\n')
		typed := strings.ToLower(strings.TrimSpace(line))
		answers <- err == nil && (typed == "y" || typed == "yes") // an unfinished line is not an answer
	}()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case yes := <-answers:
		return yes, nil
	}
}

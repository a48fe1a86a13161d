package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/relay"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/settings"
	"github.com/dispatchframework/dispatch-events-aws/terraform"
	"github.com/dispatchframework/dispatch-events-aws/terraform/stack"
)

func TestHelpShowsEverything(t *testing.T) {
	for _, args := range [][]string{
		{"up", "-h"}, {"plan", "--help"}, {"down", "-h"}, {"status", "-h"}, {"outputs", "-h"}, {"help", "up"},
	} {
		out, errs, code := try(t, args...)
		if code != exitDone || errs != "" {
			t.Errorf("%v: %d, %s", args, code, errs)
		}
		for _, want := range []string{
			"--name", "[STACK_NAME;", "[PATTERNS]", "--patterns", "--state", "STACK_LOCK_TIMEOUT", "Exit codes: 0", "NO_COLOR",
			"60–1209600",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: %q is missing in\n%s", args, want, out)
			}
		}
	}
	for _, c := range []struct{ command, setting, heading string }{
		{"up", "bucket", "Bucket"},
		{"up", "delete-objects", "Bucket"},
		{"plan", "tags", "Queue and tags"},
		{"down", "delete-objects", "Bucket"},
		{"down", "bucket", ignored},
		{"status", "delete-objects", ignored},
		{"outputs", "tags", ignored},
		{"tail", "patterns", ignored},
		{"dead-letters", "alarms", ignored},
		{"dead-letters", "fifo", ignored},
		{"dead-letters", "region", "The stack"},
		{"tail", "type", "Events"},
	} {
		out, _, _ := try(t, c.command, "-h")
		before, _, _ := strings.Cut(out, "\n      --"+c.setting+" ")
		headings := regexp.MustCompile(`(?m)^(\S.+):$`).FindAllStringSubmatch(before, -1)
		if got := headings[len(headings)-1][1]; got != c.heading {
			t.Errorf("%s: --%s is under %q", c.command, c.setting, got)
		}
	}
}

// TestHelpShowsWhatHasAnEffect also wants the settings that it does not show to be accepted.
func TestHelpShowsWhatHasAnEffect(t *testing.T) {
	for _, c := range []struct{ setting, commands string }{
		{"--auto-approve", "up down dead-letters"}, {"--adopt-stack", "up plan"}, {"--drop-events", "up plan"},
	} {
		for _, command := range []string{"up", "plan", "down", "status", "outputs", "tail", "dead-letters"} {
			out, _, code := try(t, command, c.setting, "-h")
			want := slices.Contains(strings.Fields(c.commands), command)
			if code != exitDone || strings.Contains(out, "\n      "+c.setting+" ") != want {
				t.Errorf("%s %s: exit code %d, shown %t", command, c.setting, code, !want)
			}
		}
	}
}

func TestHelpIsNarrow(t *testing.T) {
	p := &program{}
	pages := [][]string{{"-h"}, {"--help"}}
	for _, c := range p.root().Commands() {
		pages = append(pages, []string{c.Name(), "-h"})
	}
	for _, args := range pages {
		out, _, code := try(t, args...)
		if code != exitDone {
			t.Errorf("%v: %d", args, code)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > settings.Width {
				t.Errorf("%v: %d columns: %s", args, n, line)
			}
		}
	}
	if out, _, _ := try(t, "-h"); strings.Count(out, "\n  stack ") != 4 || !strings.Contains(out, "\nThe stack:\n  up  ") {
		t.Errorf("-h has no groups and three examples:\n%s", out)
	}
}

// TestPlainVariables lists the variables without the prefix STACK_, which can also be set for other programs.
func TestPlainVariables(t *testing.T) {
	plain := map[string]bool{}
	for _, s := range settings.New(prefix, &Config{}).Settings {
		if !strings.HasPrefix(s.Variable, "STACK_") {
			plain[s.Variable] = true
		}
	}
	want := map[string]bool{
		"REGION": true, "PATTERNS": true, "SCHEDULE": true, "BUCKET": true, "PLUGIN_DIR": true, "TERRAFORM": true,
	}
	if !maps.Equal(plain, want) {
		t.Errorf("without STACK_ it reads %v", slices.Sorted(maps.Keys(plain)))
	}
}

func TestUnknownCommands(t *testing.T) {
	if out, errs, code := try(t); code != exitDone || !strings.Contains(out, "The stack:") {
		t.Errorf("nothing: %d, %s", code, errs)
	}
	for _, args := range [][]string{{"create"}, {"UP"}, {"create", "up"}} {
		_, errs, code := try(t, args...)
		if code != exitUsage || !strings.Contains(errs, "unknown command") {
			t.Errorf("%v: %d, %s", args, code, errs)
		}
	}
	for want, args := range map[string][]string{
		"unknown argument -x": {"-x"}, "unknown argument --nope": {"down", "--nope"}, "unknown argument now": {"down", "now"},
		"unknown argument -name": {"down", "-name=x"}, "--name needs a value": {"down", "--name"},
	} {
		if out, errs, code := try(t, args...); code != exitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%v: %d, %s%s", args, code, out, errs)
		}
	}
}

func TestDefaultsAreThoseOfTheModules(t *testing.T) {
	text, err := terraform.Files.ReadFile("variables.tf")
	if err != nil {
		t.Fatal(err)
	}
	help, _, _ := try(t, "up", "-h")
	for variable, setting := range map[string]string{
		"visibility_timeout": "VISIBILITY_TIMEOUT",
		"retention":          "RETENTION",
		"max_receive_count":  "MAX_RECEIVE_COUNT",
		"name":               "NAME",
	} {
		found := regexp.MustCompile(`(?s)variable "` + variable + `" \{.*?default\s+= "?([^"\n]+)`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s has no default", variable)
		}
		if !regexp.MustCompile(`STACK_` + setting + `;\s+default:\s+` + string(found[1]) + `\]`).MatchString(help) {
			t.Errorf("%s is not %s by default", setting, found[1])
		}
	}
}

func TestErrorsAreExplained(t *testing.T) {
	interrupted := &stack.RunError{Verb: "up", Next: "go on", Done: []stack.Step{
		{What: "queue q", Action: "create"}, {What: "policy of bucket b", Action: "create", Part: true},
	}}
	notEmpty := &stack.Refusal{
		Reason: "the bucket b holds 1 object version: k\nnothing was destroyed", Remedy: "copy what you need",
	}
	for _, c := range []struct {
		err  error
		code int
		want []string
	}{
		{fmt.Errorf("wrapped: %w", context.Canceled), exitInterrupted, []string{"error: interrupted, nothing was changed\n"}},
		{
			errors.Join(context.Canceled, errors.New("some resources could not be removed")), exitInterrupted,
			[]string{"error: interrupted; some resources could not be removed\n"},
		},
		{stack.ErrDeclined, exitFailed, []string{"error: not approved, none of these changes was made\n"}},
		{notEmpty, exitFailed, []string{
			"error: the bucket b holds 1 object version: k\nnothing was destroyed\n", "→ copy what you need",
		}},
		{errors.Join(errors.New("and more"), interrupted), exitFailed, []string{
			"done before that: queue q created, 1 part of resources\n", "→ go on\n", "and more",
		}},
	} {
		var errs strings.Builder
		p := &program{stderr: &errs}
		if code := p.finish(c.err, false); code != c.code {
			t.Errorf("%v: exit code %d", c.err, code)
		}
		for _, want := range c.want {
			if !strings.Contains(errs.String(), want) {
				t.Errorf("%q is missing in\n%s", want, errs.String())
			}
		}
	}
}

func TestErrorsForPrograms(t *testing.T) {
	var out, errs strings.Builder
	p := &program{stdout: &out, stderr: &errs}
	p.finish(&stack.Refusal{}, true)
	if got := out.String(); !strings.HasPrefix(got, `{"error":"`) || !strings.Contains(got, `"type":"error"`) ||
		strings.Count(got, "\n") != 1 {
		t.Error(got)
	}
}

// TestWrongSettingsForPrograms checks that errors are JSON however the setting is given, and whatever else is wrong.
func TestWrongSettingsForPrograms(t *testing.T) {
	for _, c := range []struct {
		environment, args string
		inJSON            bool
	}{
		{"true", "up --name=BAD", true},
		{" 1\n", "check", true},
		{"", "up --name=BAD --json=TRUE", true},
		{"", "up --unknown --json", true},
		{"true", "up --unknown --json=false", false},
		{"perhaps", "up", false},
		{"", "up --name=BAD", false},
	} {
		t.Setenv("STACK_JSON", c.environment)
		out, errs, code := try(t, strings.Fields(c.args)...)
		inJSON := strings.HasPrefix(out, `{"error":"`)
		if code != exitUsage || inJSON != c.inJSON || !strings.HasPrefix(errs, "error: ") {
			t.Errorf("%q, %s: exit code %d\n%s%s", c.environment, c.args, code, out, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	out, errs, code := try(t, "--version")
	if code != exitDone || errs != "" || !strings.HasPrefix(out, "stack "+relay.Version+"\n") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

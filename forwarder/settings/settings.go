// Package settings reads the settings of this project's programs. A setting has one name: QUEUE_NAME in the environment is
// --queue-name on the command line, and the argument wins. A program declares its settings as a struct, which envconfig fills;
// its fields' tags are the only source of what is read, of what is accepted, of -h and of the README's table.
//
// It stands in the forwarder's half because the forwarder's own settings need it. The halves never import each other;
// cmd/ and examples/ may import both, and the modules' half has no settings.
package settings

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Error lists everything that is wrong with a program's settings, so that one run shows it all.
type Error struct{ Problems []string }

func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// Checker is a settings struct that knows which of its settings contradict each other. Check runs after all have been
// read and returns one sentence for each contradiction.
type Checker interface{ Check() []string }

// Load has envconfig fill the struct that into points to, from the environment and from args. It returns *Error (exit
// code 2) when anything is wrong and flag.ErrHelp when args ask for help.
//
// Tags of a field: envconfig (its variable), default, desc, unit, min, max, accept (values separated by |), secret
// (never an argument), empty (an empty value is a value of its own), lines (may have several), file (file or folder:
// what the value names). White space around a value is not part of it: files that secrets come from end in a line
// break. Types: string, bool, int, time.Duration. Embedded structs are read as if their fields stood in the outer one;
// an argument fills every field of its name. A field of type []string with the tag operands takes the arguments that
// are no settings. A field named _ has the tag env: what variables of the fields after it begin with, which is not part
// of a setting's name. A variable that does not begin so is read with that before it first: REGION after STACK_REGION.
// The tag group, of either, is a heading in -h.
func Load(into any, args []string) error {
	fields := fieldsOf(reflect.ValueOf(into).Elem())
	operand, takesOperands := operandOf(reflect.ValueOf(into).Elem())
	problems, operands, err := parse(fields, args, takesOperands)
	if err != nil {
		return err
	}
	if err := fill(into, fields); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, f := range fields {
		problem := cmp.Or(f.problem, f.check())
		if problem != "" && !seen[f.Name] {
			problems = append(problems, problem)
			seen[f.Name] = true
		}
	}
	if takesOperands {
		problems = append(problems, operand.take(operands)...)
	}
	if c, ok := into.(Checker); ok {
		problems = append(problems, c.Check()...)
	}
	if len(problems) > 0 {
		return &Error{Problems: problems}
	}
	return nil
}

// parse gives fields the texts of their arguments, in place of those of their variables. A lone - is an operand, and
// after -- all are.
func parse(fields []*field, args []string, takesOperands bool) (problems, operands []string, err error) {
	for len(args) > 0 {
		switch first := args[0]; {
		case slices.Contains([]string{"-h", "-help", "--help"}, first):
			return nil, nil, flag.ErrHelp
		case takesOperands && first == "--":
			return problems, append(operands, args[1:]...), nil
		case takesOperands && (first == "-" || !strings.HasPrefix(first, "-")):
			operands, args = append(operands, first), args[1:]
			continue
		}
		var problem string
		if problem, args = argument(fields, args); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems, operands, nil
}

// argument takes the first argument, with its value, and returns the rest.
func argument(fields []*field, args []string) (problem string, rest []string) {
	name, text, hasValue := strings.Cut(args[0], "=")
	rest = args[1:]
	found := slices.DeleteFunc(slices.Clone(fields), func(f *field) bool { return name != f.Flag && "-"+name != f.Flag })
	if len(found) == 0 {
		return fmt.Sprintf("unknown argument %s: -h lists what is accepted", name), rest
	}
	switch {
	case hasValue:
	case found[0].Bool:
		text = "true"
	case len(rest) == 0:
		return name + " needs a value: " + found[0].accepted(), rest
	default:
		text, rest = rest[0], rest[1:]
	}
	if found[0].Secret {
		return name + ": a secret is not taken as an argument, which every process here can read; set " + found[0].Variable, rest
	}
	text = strings.TrimSpace(text)
	for _, f := range found {
		f.from, f.text = name, &text
	}
	return "", rest
}

// IsUsage tells whether err means that a person used the program wrongly: exit code 2.
func IsUsage(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

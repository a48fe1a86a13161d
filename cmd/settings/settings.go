// Package settings reads the settings of this project's programs. A setting has one name: QUEUE_NAME in the environment is
// --queue-name on the command line, and the argument wins. A program declares its settings as a struct; its fields' tags are
// the only source of what is read, of what is accepted, of -h and of the README's table.
package settings

import (
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

// Checker is a settings struct that knows which of its settings contradict each other. Check runs after all have been read and
// returns one sentence for each contradiction.
type Checker interface{ Check() []string }

// Load fills the struct that into points to from the environment and then from args. It returns *Error (exit code 2) when
// anything is wrong and flag.ErrHelp when args ask for help.
//
// Tags of a field: envconfig (the name), default, desc, unit, min, max, accept (values separated by |), secret (never an
// argument), empty (an empty value is a value of its own), lines (may have several), file (file or folder: what the value names).
// White space around a value is not part of it: files that secrets come from end in a line break. Types: string, bool, int,
// time.Duration. Embedded structs are read as if their fields stood in the outer one; a name that occurs twice fills both. A
// field of type []string with the tag operands takes the arguments that are no settings. A field named _ has the tag env: what the
// names of variables begin with, for the fields after it; one with the tag plain is read without that, too. The tag group, of
// either, is a heading in -h.
func Load(into any, args []string) error {
	fields := fieldsOf(reflect.ValueOf(into).Elem())
	wrong := map[string]string{}
	for _, f := range fields {
		name, text, set := f.variable()
		if !set {
			text = f.def.Tag.Get("default")
		}
		if err := f.set(text); err != nil {
			wrong[f.name] = f.refuse(name, text)
		}
	}
	o, takesOperands := operandOf(reflect.ValueOf(into).Elem())
	problems, operands, err := parse(fields, args, wrong, takesOperands)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if _, bad := wrong[f.name]; bad {
			continue
		}
		switch {
		case !f.inRange():
			wrong[f.name] = f.refuse(f.name, f.text())
		case !f.isOneLine():
			wrong[f.name] = f.name + " holds a control character, such as a line break: text of one line is accepted"
		}
	}
	problems = append(problems, inOrder(fields, wrong)...)
	if takesOperands {
		problems = append(problems, o.take(operands)...)
	}
	if c, ok := into.(Checker); ok {
		problems = append(problems, c.Check()...)
	}
	if len(problems) > 0 {
		return &Error{Problems: problems}
	}
	return nil
}

// parse sets fields from arguments. What an argument says replaces what was wrong with its variable. A lone - is an operand,
// and after -- all are.
func parse(fields []field, args []string, wrong map[string]string, takesOperands bool) (problems, operands []string, err error) {
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
		if problem, args = argument(fields, args, wrong); problem != "" {
			problems = append(problems, problem)
		}
	}
	return problems, operands, nil
}

// argument takes the first argument, with its value, and returns the rest.
func argument(fields []field, args []string, wrong map[string]string) (problem string, rest []string) {
	name, text, hasValue := strings.Cut(args[0], "=")
	rest = args[1:]
	found := named(fields, name)
	if len(found) == 0 {
		return fmt.Sprintf("unknown argument %s: -h lists what is accepted", name), rest
	}
	switch {
	case hasValue:
	case found[0].isBool():
		text = "true"
	case len(rest) == 0:
		return name + " needs a value: " + found[0].accepted(), rest
	default:
		text, rest = rest[0], rest[1:]
	}
	if found[0].secret() {
		return fmt.Sprintf("%s: a secret is not taken as an argument, which every process here can read; set %s", name, found[0].variables[0]), rest
	}
	text = strings.TrimSpace(text)
	for _, f := range found {
		delete(wrong, f.name)
		if err := f.set(text); err != nil || text == "" && f.value.Kind() != reflect.String {
			wrong[f.name] = f.refuse(name, text)
		}
	}
	return "", rest
}

func named(fields []field, arg string) []field {
	var found []field
	for _, f := range fields {
		if arg == "--"+f.flag() || arg == "-"+f.flag() {
			found = append(found, f)
		}
	}
	return found
}

func inOrder(fields []field, wrong map[string]string) []string {
	var problems []string
	for _, f := range fields {
		if text, ok := wrong[f.name]; ok {
			problems = append(problems, text)
			delete(wrong, f.name)
		}
	}
	return problems
}

// IsUsage tells whether err means that a person used the program wrongly: exit code 2.
func IsUsage(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

package validate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var rateForm = regexp.MustCompile(`^rate\(([0-9]+) ([a-z]+)\)$`)

// Schedule tells what is wrong with a schedule expression. AWS answers any mistake with the same bare "Parameter
// ScheduleExpression is not valid", after half the stack exists. It agrees with 123 answers that were recorded from
// AWS. Three of those refuse white space around an expression; so does this, but the setting SCHEDULE is cut before, as
// every setting is.
func Schedule(text string) error {
	after := strings.IndexByte(text, ')') + 1
	switch {
	case after > 0 && after < len(text) && strings.TrimSpace(text[after:]) != "":
		return &caret{
			text: text, at: after, width: len(text) - after,
			what: "nothing stands after the bracket: a rule's cron is UTC, time zones are EventBridge Scheduler's",
		}
	case len(text) > 256:
		return fmt.Errorf("has %d characters: at most 256 are accepted", len(text))
	case strings.HasPrefix(text, "rate("):
		return checkRate(text)
	case strings.HasPrefix(text, "cron("):
		return checkCron(text)
	case strings.HasPrefix(text, "at("):
		return &caret{
			text: text, width: 2, what: "at(…) is EventBridge Scheduler's, a rule repeats: accepted are rate(…) and cron(…)",
		}
	}
	return &caret{
		text: text, width: len(text), what: "accepted are rate(5 minutes) and cron(0 12 * * ? *), in lower case",
	}
}

func checkRate(text string) error {
	wrong := func(at, width int, format string, args ...any) error {
		return &caret{text: text, at: at, width: width, what: fmt.Sprintf(format, args...)}
	}
	found := rateForm.FindStringSubmatch(text)
	if found == nil {
		return wrong(len("rate("), max(1, len(text)-len("rate()")),
			"a rate is a whole number, one space and a unit, as in rate(5 minutes)")
	}
	digits, unit := found[1], found[2]
	number, err := strconv.Atoi(digits)
	at := len("rate(")
	switch {
	case err != nil || len(digits) > 9:
		return wrong(at, len(digits), "the number is out of range")
	case number == 0:
		return wrong(at, len(digits), "the number is at least 1")
	}
	singular := strings.TrimSuffix(unit, "s")
	at += len(digits) + 1
	switch {
	case singular != "minute" && singular != "hour" && singular != "day":
		return wrong(at, len(unit), "the unit is minute, minutes, hour, hours, day or days")
	case number == 1 && unit != singular:
		return wrong(at, len(unit), "1 takes the singular: rate(1 %s)", singular)
	case number != 1 && unit == singular:
		return wrong(at, len(unit), "%d takes the plural: rate(%d %ss)", number, number, singular)
	}
	return nil
}

// caret is a mistake at one place of a line of text, shown under it.
type caret struct {
	text      string
	at, width int
	what      string
}

func (c *caret) Error() string {
	mark := strings.Repeat(" ", c.at) + strings.Repeat("^", max(1, c.width))
	return fmt.Sprintf("%s\n    %s\n    %s", c.what, c.text, mark)
}

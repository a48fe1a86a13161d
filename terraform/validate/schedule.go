package validate

import (
	"fmt"
	"regexp"
	"strings"
)

// Schedule returns what is wrong with a schedule expression, and where. AWS answers any mistake with the same text,
// "Parameter ScheduleExpression is not valid", after half the stack has been created. Schedule agrees with 123 recorded
// answers of AWS. In three of them, AWS refuses white space around an expression, and so does Schedule; but white space
// around the setting SCHEDULE is removed before, as around every setting.
func Schedule(text string) error {
	kind, rest, _ := strings.Cut(text, "(")
	inner, after, closed := strings.Cut(rest, ")")
	open := len(kind) + len("(")
	switch {
	case after != "":
		return mistake(text, len(text)-len(after), len(after),
			"nothing may follow the closing bracket: the cron(…) of a rule is in UTC, only EventBridge Scheduler has time "+
				"zones")
	case len(text) > 256:
		return fmt.Errorf("has %d characters: at most 256 are accepted", len(text))
	case kind != "rate" && kind != "cron":
		return mistake(text, 0, len(text), "use a form such as rate(5 minutes) or cron(0 12 * * ? *), in lower case; "+
			"at(…) is only for EventBridge Scheduler")
	case !closed:
		return mistake(text, len(text), 0, "the closing bracket is missing")
	case kind == "cron":
		return checkCron(text, inner, open)
	case !rateForm.MatchString(inner):
		return mistake(text, open, len(inner), "a rate is a whole number of at most nine digits, one space and a unit, "+
			"which is in the singular after 1: rate(1 minute), rate(5 minutes), rate(1 hour), rate(12 hours), rate(1 day)")
	}
	return nil
}

var rateForm = regexp.MustCompile(`^0*(1 (minute|hour|day)|([2-9]|[1-9][0-9]{1,8}) (minutes|hours|days))$`)

// mistake returns an error that points at a part of the expression.
func mistake(text string, at, width int, format string, args ...any) error {
	marks := strings.Repeat(" ", at) + strings.Repeat("^", max(1, width))
	return fmt.Errorf("%s\n    %s\n    %s", fmt.Sprintf(format, args...), text, marks)
}

// The values of the fields of cron(…), as regular expressions.
const (
	minute  = `[0-5]?[0-9]`
	hour    = `[01]?[0-9]|2[0-3]`
	day     = `0?[1-9]|[12][0-9]|3[01]`
	month   = `0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC`
	weekday = `0?[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT`
	year    = `[1-9][0-9]{3}` // AWS accepts more years than the documented 1970–2199
)

// cronFields are the six fields. A step may be larger than the values of its field, such as 60 for minutes, because AWS
// accepts that.
var cronFields = []struct {
	name, accepts string
	form          *regexp.Regexp
}{
	{"minutes", "0–59 and , - * /", cronForm(minute, minute+`|60`, "")},
	{"hours", "0–23 and , - * /", cronForm(hour, hour+`|24`, "")},
	{
		"day of month", "1–31 and , - * ? / L W",
		cronForm(day, `0|`+day+`|32`, `|L|LW|L-([1-9]|[12][0-9]|30)|((`+day+`)-)?(`+day+`)W`, `|\?`),
	},
	{"month", "1–12, JAN–DEC and , - * /", cronForm(month, `0?[0-9]|1[0-3]`, "")},
	{
		"day of week", "1–7, SUN–SAT and , - * ? L #",
		cronForm(weekday, "", `|L|(`+weekday+`)L`, `|\?`, `|(`+weekday+`)#[1-5]`),
	},
	{"year", "four digits and , - * /", cronForm(year, `[0-9]{1,4}`, "")},
}

// cronForm returns the expression for a list of values or ranges, each with an optional step if step is not empty.
// others are further forms of an entry, and alone are forms that cannot be part of a list.
func cronForm(value, step, others string, alone ...string) *regexp.Regexp {
	entry := fmt.Sprintf(`(\*|(%[1]s)(-(%[1]s))?)`, value)
	if step != "" {
		entry += fmt.Sprintf(`(/(%s))?`, step)
	}
	entry += others
	return regexp.MustCompile(fmt.Sprintf(`^(?i:(%[1]s)(,(%[1]s))*%[2]s)$`, entry, strings.Join(alone, "")))
}

var yearRange = regexp.MustCompile(`([0-9]{4})-([0-9]{4})`)

func checkCron(text, inner string, open int) error {
	values := strings.Split(inner, " ")
	if len(values) != len(cronFields) {
		return mistake(text, open, len(inner), "cron(…) has six fields, separated by single spaces: "+
			"minutes, hours, day of month, month, day of week, year")
	}
	at := open
	for i, f := range cronFields {
		if !f.form.MatchString(values[i]) {
			return mistake(text, at, len(values[i]), "%s: %q is not accepted; use %s", f.name, values[i], f.accepts)
		}
		at += len(values[i]) + len(" ")
	}
	years := values[5]
	for _, bounds := range yearRange.FindAllStringSubmatch(years, -1) {
		// Ranges of hours, days and months can wrap around (22-6, FRI-MON); ranges of years cannot.
		if bounds[1] > bounds[2] {
			return mistake(text, open+len(inner)-len(years), len(years), "year: %s ends before it begins", bounds[0])
		}
	}
	if (values[2] == "?") == (values[4] == "?") {
		days := strings.Join(values[2:5], " ")
		return mistake(text, open+len(values[0])+len(values[1])+2, len(days),
			"exactly one of day of month and day of week must be ?")
	}
	return nil
}

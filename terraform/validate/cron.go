package validate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// cronField is one of the six fields of cron(…): what it counts, which words and wildcards it knows.
type cronField struct {
	name     string
	low, top int
	words    []string       // names of the values, from low on
	special  *regexp.Regexp // forms of this field alone
	alone    *regexp.Regexp // forms that cannot be in a list
	accepts  string
}

const (
	fieldDay     = 2
	fieldWeekday = 4
	fieldYear    = 5
)

var cronFields = []cronField{
	{name: "minutes", low: 0, top: 59, accepts: "0–59 and , - * /"},
	{name: "hours", low: 0, top: 23, accepts: "0–23 and , - * /"},
	{
		name: "day of month", low: 1, top: 31, accepts: "1–31 and , - * ? / L W",
		special: regexp.MustCompile(`^(L|LW|L-([1-9]|[12][0-9]|30)|(` + dayForm + `-)?` + dayForm + `W)$`),
	},
	{
		name: "month", low: 1, top: 12, accepts: "1–12, JAN–DEC and , - * /",
		words: strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
	},
	{
		name: "day of week", low: 1, top: 7, accepts: "1–7, SUN–SAT and , - * ? L #",
		words:   strings.Fields("SUN MON TUE WED THU FRI SAT"),
		special: regexp.MustCompile(`^(L|(` + weekdayForm + `)L)$`),
		alone:   regexp.MustCompile(`^(` + weekdayForm + `)#[1-5]$`),
	},
	// AWS takes more years than the 1970–2199 that it documents.
	{name: "year", low: 1000, top: 9999, accepts: "four digits and , - * /"},
}

const (
	dayForm     = `([1-9]|[12][0-9]|3[01])`
	weekdayForm = `[1-7]|SUN|MON|TUE|WED|THU|FRI|SAT`
)

func checkCron(text string) error {
	open, end := len("cron("), len(text)-1
	if !strings.HasSuffix(text, ")") {
		return &caret{text: text, at: len(text), what: "the closing bracket is missing"}
	}
	inner := text[open:end]
	if at := strings.IndexFunc(inner, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }); at >= 0 {
		return &caret{text: text, at: open + at, what: "between two fields stands one space, and no other blank"}
	}
	var values []string
	if inner != "" {
		values = strings.Split(inner, " ")
	}
	if at := slices.Index(values, ""); at >= 0 {
		return &caret{
			text: text, at: open + len(strings.Join(values[:at], " ")) + min(at, 1),
			what: "one space stands between two fields, and none beside the brackets",
		}
	}
	if len(values) != len(cronFields) {
		return &caret{
			text: text, at: open, width: len(inner),
			what: fmt.Sprintf("%d fields where cron(…) has six: minutes, hours, day of month, month, day of week, year",
				len(values)),
		}
	}
	starts := make([]int, len(values))
	for i := 1; i < len(values); i++ {
		starts[i] = starts[i-1] + len(values[i-1]) + 1
	}
	for i, f := range cronFields {
		if problem := f.check(values[i], i); problem != "" {
			return &caret{text: text, at: open + starts[i], width: len(values[i]), what: f.name + ": " + problem}
		}
	}
	if (values[fieldDay] == "?") == (values[fieldWeekday] == "?") {
		return &caret{
			text: text, at: open + starts[fieldDay], width: starts[fieldYear] - 1 - starts[fieldDay],
			what: "exactly one of day of month and day of week is ?",
		}
	}
	return nil
}

// check returns what is wrong with a field's text, or nothing.
func (f cronField) check(text string, index int) string {
	if text == "?" && (index == fieldDay || index == fieldWeekday) {
		return ""
	}
	text = strings.ToUpper(text)
	if f.alone != nil && f.alone.MatchString(text) {
		return ""
	}
	for part := range strings.SplitSeq(text, ",") {
		if f.special != nil && f.special.MatchString(part) {
			continue
		}
		if !f.part(part, index) {
			return fmt.Sprintf("%q is not accepted, %s are", part, f.accepts)
		}
	}
	return ""
}

// part accepts a value, a range, or either with a step.
func (f cronField) part(text string, index int) bool {
	text, step, stepped := strings.Cut(text, "/")
	if stepped {
		n, err := strconv.Atoi(step)
		if err != nil || n < 0 || n > f.top+1 || step[0] == '+' || index == fieldWeekday {
			return false
		}
	}
	if text == "*" {
		return true
	}
	from, to, ranged := strings.Cut(text, "-")
	low, ok := f.value(from)
	if !ok || !ranged {
		return ok
	}
	high, ok := f.value(to)
	// Hours, days and months come round again (22-6, FRI-MON); years do not.
	return ok && (index != fieldYear || low <= high)
}

func (f cronField) value(text string) (int, bool) {
	if i := slices.Index(f.words, text); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.top && text[0] != '+' && len(text) <= 4
}

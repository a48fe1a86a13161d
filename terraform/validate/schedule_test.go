package validate

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestScheduleAccepts(t *testing.T) {
	for _, text := range []string{
		"rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(12 hours)", "rate(1 day)", "rate(7 days)",
		"rate(999999999 days)",
		"cron(0 12 * * ? *)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(15 10 L * ? *)", "cron(0 8 1W * ? *)",
		"cron(0 8 LW * ? *)",
		"cron(0 10 ? * 6L 2022-2023)", "cron(0 9 ? * FRI#3 *)", "cron(0 9 ? * 2#1 *)", "cron(*/10 * * * ? *)",
		"cron(0 22-6 * * ? *)",
		"cron(5,35 14 * * ? *)", "cron(0 0 1 JAN,JUL ? *)", "cron(0 0 ? 1-3 SUN 2199)", "cron(0 9 L-3 * ? *)",
		"cron(0 9 1-5W * ? *)", "cron(0/0 9 * * ? *)", "cron(0/60 9 * * ? *)", "cron(0 0 ? jan mon 1969)",
		"cron(0 8 ? * L *)",
		"cron(0 8 ? * FRI-MON *)",
	} {
		if err := Schedule(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

const rateMessage = "a rate is a whole number of at most nine digits, one space and a unit, which is in the singular " +
	"after 1: rate(1 minute), rate(5 minutes), rate(1 hour), rate(12 hours), rate(1 day)"

var badSchedules = []struct{ text, want, under string }{
	{"rate(1 minutes)", rateMessage, "1 minutes"},
	{"rate(5 minute)", rateMessage, "5 minute"},
	{"rate(2 day)", rateMessage, "2 day"},
	{"rate(0 minutes)", rateMessage, "0 minutes"},
	{"rate(30 seconds)", rateMessage, "30 seconds"},
	{"rate(1 week)", rateMessage, "1 week"},
	{"rate(1.5 hours)", rateMessage, "1.5 hours"},
	{"rate(-1 minutes)", rateMessage, "-1 minutes"},
	{"rate(5  minutes)", rateMessage, "5  minutes"},
	{"rate(5minutes)", rateMessage, "5minutes"},
	{"rate()", rateMessage, ")"},
	{"rate(5 Minutes)", rateMessage, "5 Minutes"},
	{"rate(99999999999999999999 days)", rateMessage, "99999999999999999999 days"},
	{"rate(1000000000 days)", rateMessage, "1000000000 days"},
	{"Rate(5 minutes)", "in lower case", "Rate(5 minutes)"},
	{"every minute", "a form such as rate(5 minutes)", "every minute"},
	{"0 12 * * ? *", "a form such as rate(5 minutes)", "0 12 * * ? *"},
	{"at(2026-01-01T00:00:00)", "a form such as rate(5 minutes)", "at(2026-01-01T00:00:00)"},
	{"cron(0 12 * * ? *", "closing bracket", ""},
	{"cron(0 12 * * ?)", "six fields", "0 12 * * ?"},
	{"cron(0 0 12 * * ? *)", "six fields", "0 0 12 * * ? *"},
	{"cron()", "six fields", ""},
	{"cron(60 12 * * ? *)", "minutes: \"60\" is not accepted; use 0–59", "60"},
	{"cron(0 24 * * ? *)", "hours:", "24"},
	{"cron(0 12 32 * ? *)", "day of month:", "32"},
	{"cron(0 12 0 * ? *)", "day of month:", "0"},
	{"cron(0 12 * 13 ? *)", "month:", "13"},
	{"cron(0 12 ? * 0 *)", "day of week:", "0"},
	{"cron(0 12 ? * 8 *)", "day of week:", "8"},
	{"cron(0 12 ? * MONDAY *)", "day of week:", "MONDAY"},
	{"cron(0 12 ? * MON#6 *)", "day of week:", "MON#6"},
	{"cron(0 12 ? * MON/2 *)", "day of week:", "MON/2"},
	{"cron(0 12 * * ? 2030-2020)", "year:", "2030-2020"},
	{"cron(? 12 * * ? *)", "minutes:", "?"},
	{"cron(0 12 * ? * *)", "month:", "?"},
	{"cron(0 12 * * * *)", "exactly one of", "* * *"},
	{"cron(0 12 ? * ? *)", "exactly one of", "? * ?"},
	{"cron(0 12 1 * MON *)", "exactly one of", "1 * MON"},
	{"cron(0/x 12 * * ? *)", "minutes:", "0/x"},
	{"cron(1, 12 * * ? *)", "minutes:", "1,"},
	{"cron(1-2-3 12 * * ? *)", "minutes:", "1-2-3"},
	{"cron(+1 12 * * ? *)", "minutes:", "+1"},
	{"cron(0  12 * * ? *)", "single spaces", "0  12 * * ? *"},
	{"cron( 0 12 * * ? *)", "single spaces", " 0 12 * * ? *"},
	{"cron(0\t12 * * ? *)", "single spaces", ""},
	{"cron(0 12 * * ? *) Europe/Berlin", "only EventBridge Scheduler has time zones", " Europe/Berlin"},
	{"cron(0 12 ? * 3#1,6#3 *)", "day of week:", "3#1,6#3"},
	{"cron(0/61 12 * * ? *)", "minutes:", "0/61"},
	{"cron(0 12 * * ? 20300)", "year:", "20300"},
	{"cron(nonsense)", "six fields", "nonsense"},
	{"cron(0 12 32W * ? *)", "day of month:", "32W"},
	{strings.Repeat("x", 257), "at most 256", ""},
}

func TestScheduleRefuses(t *testing.T) {
	for _, c := range badSchedules {
		err := Schedule(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.text, err, c.want)
			continue
		}
		if under := underlined(err.Error()); c.under != "" && under != c.under {
			t.Errorf("%s: the caret is under %q, want %q", c.text, under, c.under)
		}
	}
}

// TestScheduleAgreesWithRecordedAnswers compares the results of Schedule with recorded answers of PutRule.
func TestScheduleAgreesWithRecordedAnswers(t *testing.T) {
	file, err := os.Open("testdata/schedules.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	count := 0
	for d := json.NewDecoder(file); d.More(); count++ {
		var answer struct{ Expression, AWS string }
		if err := d.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if err := Schedule(answer.Expression); (err == nil) != (answer.AWS == "valid") {
			t.Errorf("%q: AWS said %s, Schedule says %v", answer.Expression, answer.AWS, err)
		}
	}
	if count != 123 {
		t.Errorf("%d answers, want 123", count)
	}
}

// underlined returns the text above the carets of a message.
func underlined(message string) string {
	lines := strings.Split(message, "\n")
	if len(lines) != 3 {
		return ""
	}
	from, to := strings.Index(lines[2], "^"), strings.LastIndex(lines[2], "^")
	if to >= len(lines[1]) {
		return ""
	}
	return lines[1][from : to+1]
}

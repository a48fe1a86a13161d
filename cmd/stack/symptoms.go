package main

import (
	_ "embed"
	"regexp"
	"strings"
)

// symptomTable is what somebody sees when events do not get through, and where it comes from. It is looked through in
// this order, and stands in examples/dispatch/README.md.
//
//go:embed symptoms.md
var symptomTable string

// symptom is a row of the table.
type symptom struct {
	sees        string // a part of the message, word for word, or words where no message says it
	status      string // comes with the message, where it is an HTTP answer
	inWords     bool
	cause, cure string
}

// quoted is what a message says, and the status that it comes with.
var quoted = regexp.MustCompile("^(\\d{3} )?`([^`]+)`$")

// plainText is Markdown's for a terminal.
var plainText = strings.NewReplacer("`", "")

// symptoms are the rows of the table.
var symptoms = func() (list []symptom) {
	const head = 2
	for _, line := range strings.Split(strings.TrimSpace(symptomTable), "\n")[head:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		s := symptom{sees: cells[0], inWords: true, cause: plainText.Replace(cells[1]), cure: plainText.Replace(cells[2])}
		if message := quoted.FindStringSubmatch(s.sees); message != nil {
			s.status, s.sees, s.inWords = strings.TrimSpace(message[1]), message[2], false
		}
		list = append(list, s)
	}
	return list
}()

// explain finds what a message is a symptom of.
func explain(message string) (s symptom, found bool) {
	message = strings.NewReplacer("127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost:8080").Replace(message)
	for _, s := range symptoms {
		if !s.inWords && strings.Contains(message, s.sees) {
			return s, true
		}
	}
	return symptom{}, false
}

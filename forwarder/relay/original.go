package relay

import (
	"slices"
	"strings"

	"go.uber.org/zap"
)

// upLine is the command that makes the stack with what the original driver's settings asked for.
func (s *Settings) upLine() string {
	line := []string{"make up", "REGION=" + s.Region}
	if s.QueueName != "" && s.QueueName != "dispatch" {
		line = append(line, "QUEUE_NAME="+s.QueueName)
	}
	add := func(name, value, original string) {
		if value != "" {
			line = append(line, name+"="+quoted(original))
		}
	}
	add("PATTERNS", s.EventPatterns, s.EventPatterns)
	add("SCHEDULE", s.ScheduleExpression, s.ScheduleExpression)
	add("BUCKET", s.BucketName, s.BucketName)
	add("OBJECT_EVENTS", s.TrailName, "trail")
	if s.EventPatterns == "" && s.ScheduleExpression == "" && s.BucketName == "" {
		line = append(line, "PATTERNS=examples/event-patterns.json")
	}
	return strings.Join(line, " ")
}

func quoted(text string) string {
	if strings.ContainsAny(text, " '\"{}[]()*?$&;|<>`\\") {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return text
}

func warnOfOriginal(s *Settings, log *zap.Logger) {
	var given []string
	for name, is := range map[string]bool{
		"event-patterns": s.EventPatterns != "", "schedule-expression": s.ScheduleExpression != "",
		"bucket-name": s.BucketName != "", "trail-name": s.TrailName != "", "clean-up": s.CleanUp,
	} {
		if is {
			given = append(given, name)
		}
	}
	slices.Sort(given)
	if len(given) > 0 {
		log.Warn("settings without effect here: the stack makes and removes what they name",
			zap.Strings("settings", given), zap.String("instead", s.upLine()))
	}
}

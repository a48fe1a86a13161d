package pipeline

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const upLines = `{"type":"note","text":"comparing"}
not JSON
{"type":"plan","add":3,"remove":0,"changes":[` +
	`{"mark":"+","kind":"rule","name":"demo-a","detail":"d"},{"mark":"+","kind":"rule","name":"demo-b"},` +
	`{"mark":"+","kind":"queue","name":"demo"}]}
{"type":"step","phase":"started","action":"create","what":"queue demo","usualSeconds":26,"total":3}
{"type":"step","phase":"done","action":"create","what":"queue demo","elapsedSeconds":25,"finished":1,"total":3}
{"type":"step","phase":"started","action":"delete","what":"queue old","usualSeconds":6,"why":"SQS","total":3}
{"type":"step","phase":"done","action":"create","what":"target a",` +
	`"address":"module.rule.aws_cloudwatch_event_target.queue[\"a\"]","finished":2,"total":3}
{"type":"step","phase":"failed","action":"create","what":"bucket","finished":2,"total":3}
`

func TestProgressFollowsTheStack(t *testing.T) {
	var out bytes.Buffer
	opened := 0
	p := &progress{Console: newConsole(&out, false), onOpen: func() { opened++ }}
	for piece := range strings.SplitSeq(upLines, "comp") { // cut anywhere
		if _, err := p.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		_, _ = p.Write([]byte("comp"))
	}
	if opened != 0 {
		t.Error("one target of two opens the way already")
	}
	last := `{"type":"step","phase":"done","action":"create","what":"target b","address":"aws_cloudwatch_event_target.b"}`
	_, _ = p.Write([]byte("\n" + last + "\n"))
	if opened != 1 {
		t.Errorf("opened %d times", opened)
	}
	for _, want := range []string{
		"comparing\n", "+  rule    demo-a                   d\n", "3 to add, 0 to destroy",
		"queue demo: creating takes about 26 s: the AWS provider waits", "queue demo: created after 25 s",
		"queue old: deleting takes about 6 s: SQS\n", "bucket: failed",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestConsoleOnATerminalSaysWhatIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := newConsole(&out, true)
		s.Waiting("the queue")
		time.Sleep(1200 * time.Millisecond)
		s.Print("one %d", 1)
		s.Heading("two")
		s.close()
		const queue = "s  … the queue"
		if n := strings.Count(out.String(), queue); n < 4 {
			t.Errorf("shown %d times: %q", n, out.String())
		}
		for _, want := range []string{"   1.0 " + queue, clearLine + "   1.2 s  one 1\n", clearLine + "\ntwo\n"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("no %q in %q", want, out.String())
			}
		}
		if !strings.HasSuffix(out.String(), clearLine) {
			t.Errorf("it ends with %q", out.String())
		}
	})
}

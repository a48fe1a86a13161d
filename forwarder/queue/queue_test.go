package queue

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func configFor(s *queuetest.Server) aws.Config {
	return aws.Config{
		Region: "us-west-2", BaseEndpoint: &s.URL,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
}

func open(t *testing.T, s *queuetest.Server, o Options) *Queue {
	t.Helper()
	q, err := Open(t.Context(), configFor(s), o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestOpen(t *testing.T) {
	s := queuetest.Start(t)
	dead := s.Create("dead", queuetest.Queue{})
	plain := s.Create("plain", queuetest.Queue{VisibilityTimeout: 45, DeadLetter: dead, MaxReceiveCount: 7})
	orderedDead := s.Create("dead.fifo", queuetest.Queue{FIFO: true})
	s.Create("ordered.fifo", queuetest.Queue{FIFO: true, MaxMessageSize: 2000})
	for _, test := range []struct {
		options Options
		want    Queue
	}{
		{Options{Name: "plain"}, Queue{
			URL: plain.URL, Visibility: 45 * time.Second, HasRedrivePolicy: true, MaxSize: 1 << 20,
		}},
		{Options{Name: "nope", URL: dead.URL}, Queue{URL: dead.URL, Visibility: 30 * time.Second, MaxSize: 1 << 20}},
		{Options{Name: "ordered.fifo", DeadLetterURL: orderedDead.URL}, Queue{
			URL:           strings.Replace(dead.URL, "dead", "ordered.fifo", 1),
			Visibility:    30 * time.Second,
			FIFO:          true,
			DeadLetterURL: orderedDead.URL,
			MaxSize:       2000,
		}},
	} {
		got := open(t, s, test.options)
		is := Queue{
			URL:              got.URL,
			Visibility:       got.Visibility,
			HasRedrivePolicy: got.HasRedrivePolicy,
			FIFO:             got.FIFO,
			DeadLetterURL:    got.DeadLetterURL,
			MaxSize:          got.MaxSize,
		}
		if !reflect.DeepEqual(is, test.want) {
			t.Errorf("%+v opens %+v", test.options, is)
		}
	}
	for _, o := range []Options{{Name: "nope"}, {URL: dead.URL + "-nope"}} {
		if _, err := Open(t.Context(), configFor(s), o); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	for text, want := range map[string]bool{"": false, `{"maxReceiveCount":"3"}`: true, `{"maxReceiveCount":4}`: true} {
		var q Queue
		if err := q.setAttributes(map[string]string{
			"VisibilityTimeout": "1", "RedrivePolicy": text,
		}); err != nil || q.HasRedrivePolicy != want {
			t.Errorf("%s: %t, %v", text, q.HasRedrivePolicy, err)
		}
	}
	if err := new(Queue).setAttributes(map[string]string{}); err == nil {
		t.Error("no visibility timeout is taken")
	}
}

func TestReceive(t *testing.T) {
	s := queuetest.Start(t)
	there := s.Create("q", queuetest.Queue{})
	q := open(t, s, Options{URL: there.URL})
	before := time.Now().Add(-time.Second)
	there.Put(queuetest.Message{
		Body: `{"n":9007199254740993,"t":"é <&> \u0000"}`, Trace: "Root=1-5759e988-bd862e3fe1be46a994272793",
	})
	got, err := q.Receive(t.Context(), MaxBatch, 20*time.Second)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	m := got[0]
	if m.ID != there.Messages()[0].ID || string(m.Body) != `{"n":9007199254740993,"t":"é <&> \u0000"}` ||
		m.Receives != 1 || m.Receipt == "" ||
		m.Trace != "Root=1-5759e988-bd862e3fe1be46a994272793" || m.Sent.Before(before) || m.Received.Before(before) {
		t.Errorf("got %+v", m)
	}
	if got, err := q.Receive(t.Context(), 1, 0); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestVisibility has a queue whose own timeout is too short to be renewed, and one whose own is changed while it is
// open.
func TestVisibility(t *testing.T) {
	for seconds, want := range map[int]time.Duration{
		0: 2 * time.Second, 1: 2 * time.Second, 2: 2 * time.Second, 45: 45 * time.Second, 43200: MaxHold,
	} {
		t.Run(strconv.Itoa(seconds), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := queuetest.New()
				there := s.Create("q", queuetest.Queue{})
				there.VisibilityTimeout = seconds
				config := configFor(s)
				config.HTTPClient = s.Client()
				q, err := Open(t.Context(), config, Options{URL: there.URL})
				if err != nil || q.Visibility != want {
					t.Fatal(q.Visibility, err)
				}
				there.VisibilityTimeout = 0
				there.Send("a")
				if got, err := q.Receive(t.Context(), 1, 0); err != nil || len(got) != 1 {
					t.Fatal(got, err)
				}
				for _, after := range []struct {
					pass     time.Duration
					inFlight int
				}{{want - time.Millisecond, 1}, {time.Millisecond, 0}} {
					<-time.After(after.pass)
					if _, inFlight := there.Depth(); inFlight != after.inFlight {
						t.Errorf("%d in flight", inFlight)
					}
				}
			})
		})
	}
}

func TestReceiveFailsOnce(t *testing.T) {
	s := queuetest.Start(t)
	q := open(t, s, Options{URL: s.Create("q", queuetest.Queue{}).URL})
	s.SetFaults(func(string, int) *queuetest.Error { return queuetest.InternalError })
	if _, err := q.Receive(t.Context(), 1, 0); err == nil {
		t.Fatal("no error")
	}
	if n := s.Stats().Requests["ReceiveMessage"]; n != 1 {
		t.Errorf("%d requests: the retry is the caller's", n)
	}
	s.SetFaults(nil)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := q.Receive(ctx, 1, 20*time.Second); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestSettle deletes and extends a batch in which one entry fails and one message is no longer ours.
func TestSettle(t *testing.T) {
	for name, call := range map[string]func(*Queue, []Message) []error{
		"delete": func(q *Queue, m []Message) []error { return q.Delete(context.Background(), m) },
		"extend": func(q *Queue, m []Message) []error { return q.Extend(context.Background(), m, time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			s := queuetest.Start(t)
			there := s.Create("q", queuetest.Queue{})
			q := open(t, s, Options{URL: there.URL})
			there.Send("a", "b", "c")
			got, err := q.Receive(t.Context(), MaxBatch, 0)
			if err != nil || len(got) != 3 {
				t.Fatal(got, err)
			}
			got[2].Receipt = "not a handle"
			s.SetFaults(func(_ string, entry int) *queuetest.Error {
				if entry == 1 {
					return queuetest.InternalError
				}
				return nil
			})
			errs := call(q, got)
			if errs[0] != nil || errs[1] == nil || errors.Is(errs[1], ErrLeaseLost) || !errors.Is(errs[2], ErrLeaseLost) {
				t.Errorf("got %v", errs)
			}
			s.SetFaults(func(string, int) *queuetest.Error { return queuetest.RequestThrottled })
			if errs := call(q, got); slices.Contains(errs, nil) || errors.Is(errs[0], ErrLeaseLost) {
				t.Errorf("got %v", errs)
			}
		})
	}
}

func TestGiveBack(t *testing.T) {
	s := queuetest.Start(t)
	there := s.Create("q", queuetest.Queue{})
	q := open(t, s, Options{URL: there.URL})
	there.Send("a")
	got, _ := q.Receive(t.Context(), 1, 0)
	if errs := q.Extend(t.Context(), got, 0); errs[0] != nil {
		t.Fatal(errs)
	}
	if again, err := q.Receive(t.Context(), 1, 0); err != nil || len(again) != 1 || again[0].Receives != 2 {
		t.Errorf("got %v, %v", again, err)
	}
}

func TestOutcomes(t *testing.T) {
	answer := `{"Successful":[{"Id":"1"},{"Id":"7"},{"Id":"-1"},{"Id":"x"},{}],"Failed":null}`
	errs := outcomes(3, "delete", []byte(answer))
	if errs[0] == nil || errs[1] != nil || errs[2] == nil {
		t.Errorf("got %v", errs)
	}
	for _, garbage := range []string{"", "null", "[]", answer[1:], answer[:20]} {
		if errs := outcomes(1, "delete", []byte(garbage)); errs[0] == nil {
			t.Errorf("%q deletes", garbage)
		}
	}
}

// TestNoReceiveIsStranded is the trap that newHTTPClient explains: a server that answers before it has read the
// request.
func TestNoReceiveIsStranded(t *testing.T) {
	s := queuetest.Start(t)
	there := s.Create("q", queuetest.Queue{})
	q := open(t, s, Options{URL: there.URL})
	const n = 3000
	there.Send(slices.Repeat([]string{"body"}, n)...)
	for received := 0; received < n; {
		got, err := q.Receive(t.Context(), MaxBatch, 0)
		if err != nil || len(got) == 0 {
			t.Fatalf("%d of %d received, then %d, %v", received, n, len(got), err)
		}
		received += len(got)
	}
	if requests := s.Stats().Requests["ReceiveMessage"]; requests != n/MaxBatch {
		t.Errorf("%d receives", requests)
	}
}

func TestOwnHTTPClientIsKept(t *testing.T) {
	own := &http.Client{}
	if HTTPClient(aws.Config{HTTPClient: own}).client != own {
		t.Error("the configuration's client is not used")
	}
}

package sinktest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

func TestWait(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{})
	done := make(chan error, 1)
	go func() { done <- r.Wait(t.Context(), 2) }()
	for _, body := range []string{soloEvent, soloEvent, second(soloEvent)} {
		if _, _, _, err := post(t.Context(), s, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Wait(ctx, 3); !errors.Is(err, context.Canceled) ||
		!strings.Contains(err.Error(), "wait for 3 events, 2 came") {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{})
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			if _, _, _, err := post(t.Context(), s, with(soloEvent, `"e1"`, fmt.Sprintf(`"%d"`, i/2))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if c := r.Counts(); c != (sinktest.Counts{Accepted: 50, Distinct: 25}) {
		t.Errorf("counts %+v", c)
	}
}

func TestLimitKeepsTheLatest(t *testing.T) {
	r, s := serve(t, &sinktest.Receiver{Limit: 4})
	for _, id := range []string{"a", "b", "b", "c", "b", "a"} {
		if _, _, _, err := post(t.Context(), s, with(soloEvent, `"e1"`, `"`+id+`"`)); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := post(t.Context(), s, id); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(r); got != "b a" {
		t.Errorf("kept %q", got)
	}
	if n := len(r.Records()) - len(r.Events()); n != 2 {
		t.Errorf("kept %d rejections", n)
	}
	if c := r.Counts(); c.Accepted != 6 || c.Rejected != 6 {
		t.Errorf("counts %+v", c)
	}
}

// TestDropsWhatNoSubscriptionWants is how Dispatch loses events: the sender cannot tell.
func TestDropsWhatNoSubscriptionWants(t *testing.T) {
	r := &sinktest.Receiver{Dialect: sinktest.Solo, Subscriptions: []string{"aws.ec2"}}
	post := func(body string) {
		t.Helper()
		w := httptest.NewRecorder()
		r.ServeHTTP(w, row{header: h("Content-Type", "application/json", "Cookie", "unset"), body: body}.request(t,
			row{path: "/v1/event/ingest?authToken=T"}))
		if w.Code != http.StatusOK || w.Body.String() != body+"\n" {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	}
	post(soloEvent)
	r.Subscriptions = append(r.Subscriptions, "aws.s3")
	post(second(soloEvent))
	if got := ids(r); got != "e2" {
		t.Errorf("accepted %s", got)
	}
	dropped := r.Records()[0]
	if !dropped.Refused || dropped.Status != 200 || dropped.Reason != "dropped: there is no subscription for aws.s3" ||
		r.Counts().Rejected != 1 {
		t.Errorf("dropped %+v", dropped)
	}
}

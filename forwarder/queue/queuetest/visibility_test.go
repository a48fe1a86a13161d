package queuetest_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

func TestReceivedMessageComesBackWithNewHandle(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 2})
		ids := q.Send("one")
		first := a.receive(t, q)
		equal(t, 1, len(first))
		equal(t, ids[0], *first[0].MessageId)
		equal(t, 0, len(a.receive(t, q)))
		requireDepth(t, q, 0, 1)

		time.Sleep(2 * time.Second)
		requireDepth(t, q, 1, 0)
		second := a.receive(t, q)
		equal(t, ids[0], *second[0].MessageId)
		differ(t, *first[0].ReceiptHandle, *second[0].ReceiptHandle)
		equal(t, "2", second[0].Attributes["ApproximateReceiveCount"])
		for _, name := range []string{"ApproximateFirstReceiveTimestamp", "SentTimestamp", "SenderId"} {
			equal(t, first[0].Attributes[name], second[0].Attributes[name])
		}
	})
}

func TestReceiveChoosesVisibilityTimeout(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 100})
		q.Send("one")
		equal(t, 1, len(a.receive(t, q, func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 3 })))
		time.Sleep(3*time.Second - time.Millisecond)
		requireDepth(t, q, 0, 1)
		time.Sleep(time.Millisecond)
		requireDepth(t, q, 1, 0)
	})
}

func TestChangeOfVisibilityCountsFromNow(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 10})
		q.Send("one")
		m := a.receive(t, q)[0]
		time.Sleep(9 * time.Second)
		noError(t, a.hide(t, q, m, 10))
		time.Sleep(9 * time.Second)
		requireDepth(t, q, 0, 1)
		noError(t, a.hide(t, q, m, 0))
		requireDepth(t, q, 1, 0)
		equal(t, "2", a.receive(t, q)[0].Attributes["ApproximateReceiveCount"])
	})
}

func TestVisibilityEndsTwelveHoursAfterReceive(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 3600})
		q.Send("one")
		m := a.receive(t, q)[0]
		for range 23 {
			time.Sleep(30 * time.Minute)
			noError(t, a.hide(t, q, m, 30*60))
		}
		time.Sleep(time.Minute) // eleven and a half hours and a minute
		requireCode(t, a.hide(t, q, m, 30*60), "InvalidParameterValue")
		noError(t, a.hide(t, q, m, 29*60))
		requireCode(t, a.hide(t, q, m, 43201), "InvalidParameterValue")
		time.Sleep(29 * time.Minute)
		m = a.receive(t, q)[0]
		noError(t, a.hide(t, q, m, 43200)) // the next receive starts the twelve hours again
	})
}

func TestTwelveHoursInABatch(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 7200})
		q.Send("old")
		old := a.receive(t, q)[0]
		time.Sleep(time.Hour)
		noError(t, a.hide(t, q, old, 11*3600))
		q.Send("young")
		young := a.receive(t, q)[0]
		time.Sleep(time.Second)
		first, second, seconds := "1", "2", int32(11*3600)
		out, err := a.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: &q.URL, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
				{Id: &first, ReceiptHandle: old.ReceiptHandle, VisibilityTimeout: seconds},
				{Id: &second, ReceiptHandle: young.ReceiptHandle, VisibilityTimeout: seconds},
			},
		})
		noError(t, err)
		equal(t, "1 InvalidParameterValue true", codes(out.Failed))
		equal(t, "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]", *out.Failed[0].Message)
		equal(t, 1, len(out.Successful))
		requireDepth(t, q, 0, 2) // what is refused changes nothing
	})
}

func TestExpiredHandleWorksUntilNextReceive(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1})
		q.Send("one", "two")
		got := a.receive(t, q)
		time.Sleep(time.Second)
		noError(t, a.delete(t, q, got[0]))
		noError(t, a.hide(t, q, got[1], 5))
		requireDepth(t, q, 0, 1)
		time.Sleep(5 * time.Second)
		equal(t, []string{"two"}, bodies(a.receive(t, q)))
		equal(t, 0, len(a.receive(t, q)))
	})
}

func TestStaleHandle(t *testing.T) {
	for name, works := range map[string]bool{"refused": false, "works": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, a account) {
				q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1, StaleHandleWorks: works})
				q.Send("one")
				old := a.receive(t, q)[0]
				time.Sleep(time.Second)
				equal(t, 1, len(a.receive(t, q)))
				if err := a.hide(t, q, old, 60); works {
					noError(t, err)
				} else {
					requireCode(t, err, "InvalidParameterValue")
				}
				noError(t, a.delete(t, q, old)) // succeeds in any case
				if works {
					requireDepth(t, q, 0, 0)
				} else {
					requireDepth(t, q, 0, 1)
				}
			})
		})
	}
}

func TestHandleOfDeletedMessage(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		q.Send("one")
		m := a.receive(t, q)[0]
		noError(t, a.delete(t, q, m))
		noError(t, a.delete(t, q, m))
		requireCode(t, a.hide(t, q, m, 5), "InvalidParameterValue")
		equal(t, int64(1), a.Stats().Deleted)
	})
}

func TestHandleThatIsNone(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{})
		other := a.Create("other", queuetest.Queue{})
		other.Send("one")
		foreign := a.receive(t, other)[0]
		garbage := "garbage"
		for _, m := range []types.Message{foreign, {ReceiptHandle: &garbage}} {
			for _, err := range []error{a.delete(t, q, m), a.hide(t, q, m, 5)} {
				var want *types.ReceiptHandleIsInvalid
				if !errors.As(err, &want) {
					t.Fatalf("got %v, want ReceiptHandleIsInvalid", err)
				}
			}
		}
	})
}

func TestOldestComeFirst(t *testing.T) {
	bubble(t, func(t *testing.T, a account) {
		q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 1})
		q.Send("1", "2")
		a.receive(t, q)
		q.Send("3")
		time.Sleep(time.Second)
		equal(t, []string{"1", "2", "3"}, bodies(a.receive(t, q)))
	})
}

func TestSecondIsScaled(t *testing.T) {
	a := open(queuetest.Start(t), http.DefaultClient)
	a.Second = time.Millisecond
	q := a.Create("jobs", queuetest.Queue{VisibilityTimeout: 30})
	q.Send("one")
	equal(t, 1, len(a.receive(t, q)))
	noError(t, q.Wait(t.Context(), func(visible, _ int) bool { return visible == 1 })) // within 30 ms
	noError(t, a.delete(t, q, a.receive(t, q)[0]))
	equal(t, 0, len(a.receive(t, q, patient))) // within 20 ms
}

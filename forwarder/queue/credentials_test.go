package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// rotation is a queue whose credentials come from a shared file, by the SDK's own chain.
type rotation struct {
	*testing.T
	guard *guard
	file  string
	there *queuetest.Queue
	queue *Queue
	loads int
}

func inRotation(t *testing.T, do func(t *testing.T, r *rotation)) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "credentials")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL",
	} {
		t.Setenv(name, "")
	}
	synctest.Test(t, func(t *testing.T) {
		s := queuetest.New()
		r := &rotation{T: t, guard: newGuard(s), file: file, there: s.Create("q", queuetest.Queue{})}
		r.write("first", "1")
		r.guard.secrets = map[string]string{"first": "1"}
		loaded, err := r.load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		loaded.BaseEndpoint, loaded.HTTPClient = &s.URL, r.guard
		r.queue, err = Open(t.Context(), loaded, Options{
			URL: r.there.URL, DeadLetterURL: s.Create("dead", queuetest.Queue{}).URL,
			Credentials: func(ctx context.Context) (aws.CredentialsProvider, error) {
				r.loads++
				c, err := r.load(ctx)
				return c.Credentials, err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		do(t, r)
	})
}

func (r *rotation) load(ctx context.Context) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion("us-west-2"))
}

func (r *rotation) write(key, secret string) {
	r.Helper()
	text := "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = " + secret + "\n"
	if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
}

// TestRotatedCredentials replaces the file, and expires the key that was in it, before each of the calls.
func TestRotatedCredentials(t *testing.T) {
	for name, call := range map[string]func(q *Queue, m []Message) error{
		"receive": func(q *Queue, _ []Message) error { _, err := q.Receive(context.Background(), 1, 0); return err },
		"renew":   func(q *Queue, m []Message) error { return q.Extend(context.Background(), m, time.Minute)[0] },
		"set aside": func(q *Queue, m []Message) error {
			return q.DeadLetter(context.Background(), &m[0], map[string]string{"status": "422"})
		},
		"delete": func(q *Queue, m []Message) error { return q.Delete(context.Background(), m)[0] },
	} {
		t.Run(name, func(t *testing.T) {
			inRotation(t, func(t *testing.T, r *rotation) {
				r.there.Send("event")
				got, err := r.queue.Receive(t.Context(), 1, 0)
				if err != nil || len(got) != 1 {
					t.Fatal(got, err)
				}
				r.write("second", "2")
				r.guard.set(func() { r.guard.secrets = map[string]string{"second": "2"} })
				if err := call(r.queue, got); err != nil {
					t.Fatal(err)
				}
				everyCall(t, r.queue, r.there, "after the rotation")
				if r.loads != 1 {
					t.Errorf("%d loads", r.loads)
				}
			})
		})
	}
}

// TestEveryRefusalOfCredentials has AWS refuse the key in all the ways that its services know.
func TestEveryRefusalOfCredentials(t *testing.T) {
	for _, code := range []string{
		"com.amazon.coral.service#ExpiredTokenException",
		"ExpiredToken",
		"InvalidClientTokenId",
		"UnrecognizedClientException",
		"com.amazonaws.sqs#InvalidSecurity",
		"InvalidAccessKeyId",
		"AuthFailure",
		"com.amazon.coral.service#AccessDeniedException",
	} {
		t.Run(code, func(t *testing.T) {
			inRotation(t, func(t *testing.T, r *rotation) {
				r.write("second", "2")
				r.guard.set(func() { r.guard.secrets, r.guard.expired = map[string]string{"second": "2"}, code })
				everyCall(t, r.queue, r.there, "after the rotation")
			})
		})
	}
	t.Run("secret alone", func(t *testing.T) {
		inRotation(t, func(t *testing.T, r *rotation) {
			r.write("first", "other")
			r.guard.set(func() { r.guard.secrets = map[string]string{"first": "other"} })
			everyCall(t, r.queue, r.there, "after the rotation")
		})
	})
}

// TestCredentialsThatComeAMomentLater replaces the file a quarter of a second after the first refusal. A forwarder that
// is stopped in that second must not leave its messages invisible, also if it is busy and many calls are refused.
func TestCredentialsThatComeAMomentLater(t *testing.T) {
	for calls, soon := range map[int]time.Duration{1: 250 * time.Millisecond, 25: 400 * time.Millisecond} {
		inRotation(t, func(t *testing.T, r *rotation) {
			r.guard.set(func() { r.guard.secrets = map[string]string{"second": "2"} })
			for range calls {
				if _, err := r.queue.Receive(t.Context(), 1, 0); err == nil {
					t.Fatal("the old credentials are accepted")
				}
				time.Sleep(250 * time.Millisecond / time.Duration(calls))
			}
			r.write("second", "2")
			time.Sleep(soon)
			everyCall(t, r.queue, r.there, fmt.Sprintf("%d refused calls, and %s after the new file", calls, soon))
		})
	}
}

// TestCredentialsThatAreNotThereYet expires the key before the file is replaced, and has the file missing and half
// written.
func TestCredentialsThatAreNotThereYet(t *testing.T) {
	inRotation(t, func(t *testing.T, r *rotation) {
		r.guard.set(func() { r.guard.secrets = map[string]string{"second": "2"} })
		refused := func(when string, n int) {
			t.Helper()
			for range n {
				if _, err := r.queue.Receive(t.Context(), 1, 0); Cause(err) != "UnrecognizedClient" {
					t.Fatalf("%s: %v", when, err)
				}
				time.Sleep(50 * time.Millisecond)
			}
		}
		refused("the old file", 200) // ten seconds
		if err := os.Remove(r.file); err != nil {
			t.Fatal(err)
		}
		refused("no file", 100)
		r.write("second", "")
		refused("half a file", 100)
		if most := 12; r.loads < 3 || r.loads > most {
			t.Errorf("%d loads", r.loads)
		}
		r.write("second", "2")
		time.Sleep(maxLoadPause)
		everyCall(t, r.queue, r.there, "the new file")
	})
}

// TestPermanentRefusalOfNewKeys has each load find other keys, as a role that is assumed does, and SQS refuse them all.
func TestPermanentRefusalOfNewKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loads := 0
		next := func(context.Context) (aws.CredentialsProvider, error) {
			loads++
			return credentials.NewStaticCredentialsProvider(fmt.Sprint("key", loads), "s", "t"), nil
		}
		first, _ := next(t.Context())
		c := newChain(first, next)
		for range 600 {
			c.reloadRefused(t.Context(), c.current.Load(), "AccessDenied")
			time.Sleep(100 * time.Millisecond)
		}
		if loads > 15 {
			t.Errorf("%d loads in a minute", loads)
		}
	})
}

// TestOtherRefusals loads nothing: the credentials are well.
func TestOtherRefusals(t *testing.T) {
	inRotation(t, func(t *testing.T, r *rotation) {
		r.guard.server.SetFaults(func(string, int) *queuetest.Error { return queuetest.RequestThrottled })
		if _, err := r.queue.Receive(t.Context(), 1, 0); err == nil || errors.Is(err, ErrLeaseLost) {
			t.Error(err)
		}
		if r.loads > 0 {
			t.Errorf("%d loads", r.loads)
		}
	})
}

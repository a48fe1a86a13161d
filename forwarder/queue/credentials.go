package queue

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"golang.org/x/time/rate"
)

const (
	loadTime = 10 * time.Second // how long one attempt to load credentials may take: reading a file, or a call
	// The first loads follow each other at once, because new keys often arrive a moment after the old ones are refused. If
	// they have not, somebody has to replace them, and there is a pause before each further load.
	loadPause  = 5 * time.Second
	firstLoads = 3
)

// chain is the SDK's chain of credential sources. It reads files once, and for many kinds of keys it does not know when
// they expire; so when SQS refuses the keys, the chain is loaded again. The old keys stay in use until
// different ones are found.
type chain struct {
	load    func(context.Context) (aws.CredentialsProvider, error) // nil: they are never loaded again
	current atomic.Pointer[generation]
	loading sync.Mutex
	limit   *rate.Limiter // of loads
}

// generation is one result of loading the chain. Each has its own signer: a signer caches derived keys by access key
// only, and would not notice another secret for the same access key.
type generation struct {
	aws.CredentialsProvider
	signer *v4.Signer
}

func newChain(first aws.CredentialsProvider, load func(context.Context) (aws.CredentialsProvider, error)) *chain {
	c := &chain{load: load, limit: rate.NewLimiter(rate.Every(loadPause), firstLoads)}
	c.current.Store(&generation{first, v4.NewSigner()})
	return c
}

// Retrieve implements aws.CredentialsProvider.
func (c *chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return c.current.Load().Retrieve(ctx)
}

// reloadRefused loads the credentials again if code means that SQS has refused them. It reports whether different
// credentials are in use now.
func (c *chain) reloadRefused(ctx context.Context, refused *generation, code string) bool {
	if c.load == nil || !aboutCredentials(code) {
		return false
	}
	c.loading.Lock()
	defer c.loading.Unlock()
	if c.current.Load() != refused { // somebody else has loaded them
		return true
	}
	if !c.limit.Allow() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	provider, err := c.load(ctx)
	if err != nil {
		return false
	}
	fresh, err := provider.Retrieve(ctx)
	old, _ := refused.Retrieve(ctx)
	fresh.Expires, old.Expires = time.Time{}, time.Time{} // these times say nothing about the keys
	if err != nil || fresh == old {
		return false
	}
	c.current.Store(&generation{provider, v4.NewSigner()})
	return true
}

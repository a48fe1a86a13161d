package queue

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	loadTime = 10 * time.Second // how long one attempt to load credentials may take: reading a file, or a call
	// The pause between two attempts to load credentials doubles: new keys often arrive a moment after the old ones are
	// refused, but sometimes only when somebody replaces them.
	minLoadPause = 200 * time.Millisecond
	maxLoadPause = 10 * time.Second
)

// chain is the SDK's chain of credential sources. It reads files once, and for many kinds of keys it does not know when
// they expire; so when SQS refuses the keys, the chain is loaded again. The old keys stay in use until
// different ones are found.
type chain struct {
	load    func(context.Context) (aws.CredentialsProvider, error) // nil: they are never loaded again
	current atomic.Pointer[generation]

	loading sync.Mutex
	loaded  time.Time     // when it was loaded last
	pause   time.Duration // before it may be loaded again
}

// generation is one result of loading the chain. Each has its own signer: a signer caches derived keys by access key
// only, and would not notice another secret for the same access key.
type generation struct {
	provider aws.CredentialsProvider
	signer   *v4.Signer
}

// Retrieve implements aws.CredentialsProvider.
func (g *generation) Retrieve(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	return g.provider.Retrieve(ctx)
}

func newChain(first aws.CredentialsProvider, load func(context.Context) (aws.CredentialsProvider, error)) *chain {
	c := &chain{load: load}
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
	since := time.Since(c.loaded)
	switch {
	case c.current.Load() != refused: // somebody else has loaded them
		return true
	case since < c.pause:
		return false
	case since > 2*maxLoadPause:
		c.pause = 0 // the last refusal was long ago
	}
	c.loaded, c.pause = time.Now(), min(max(2*c.pause, minLoadPause), maxLoadPause)
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

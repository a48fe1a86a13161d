package queue

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"golang.org/x/time/rate"
)

const (
	loadTime = 10 * time.Second // how long one attempt to load credentials may take: reading a file, or a call
	// loadPause is the pause between two attempts to load credentials: new keys often arrive a moment after the old ones
	// are refused, or only when somebody replaces them.
	loadPause = 5 * time.Second
)

// chain is the SDK's chain of credential sources. It reads files once, and it does not know when many keys expire; so
// when SQS refuses the keys, the chain is loaded again. The old keys stay in use until others are found.
type chain struct {
	load    func(context.Context) (aws.CredentialsProvider, error) // nil: they are never loaded again
	current atomic.Pointer[generation]

	reloads rate.Sometimes
}

// generation is one result of loading the chain. Each has its own signer: a signer caches derived keys by access key
// only, and would not notice another secret for the same access key.
type generation struct {
	provider aws.CredentialsProvider
	signer   *v4.Signer
}

func newGeneration(p aws.CredentialsProvider) *generation {
	return &generation{provider: p, signer: v4.NewSigner()}
}

// Retrieve implements aws.CredentialsProvider.
func (g *generation) Retrieve(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	return g.provider.Retrieve(ctx)
}

func newChain(first aws.CredentialsProvider, load func(context.Context) (aws.CredentialsProvider, error)) *chain {
	c := &chain{load: load, reloads: rate.Sometimes{Interval: loadPause}}
	c.current.Store(newGeneration(first))
	return c
}

// Retrieve implements aws.CredentialsProvider.
func (c *chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return c.current.Load().Retrieve(ctx)
}

// renewed loads the credentials again if SQS has refused them with the code, and reports whether others are in use now.
func (c *chain) renewed(ctx context.Context, refused *generation, code string) bool {
	if c.load == nil || !aboutCredentials(code) {
		return false
	}
	c.reloads.Do(func() { // or waits while another goroutine does
		if c.current.Load() == refused {
			c.reload(ctx, refused)
		}
	})
	return c.current.Load() != refused
}

// reload replaces the credentials if others can be loaded.
func (c *chain) reload(ctx context.Context, refused *generation) {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	provider, err := c.load(ctx)
	if err != nil || provider == nil {
		return
	}
	fresh, err := provider.Retrieve(ctx)
	if err != nil {
		return
	}
	old, err := refused.Retrieve(ctx)
	if err != nil || fresh.AccessKeyID != old.AccessKeyID || fresh.SecretAccessKey != old.SecretAccessKey ||
		fresh.SessionToken != old.SessionToken {
		c.current.Store(newGeneration(provider))
	}
}

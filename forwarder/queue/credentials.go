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
	loadTime = 10 * time.Second // one look for credentials: a file, or a call to another service
	// loadPause is between two looks: new keys often come a moment after the old ones are refused, or only when somebody
	// looks after them.
	loadPause = 5 * time.Second
)

// chain is where the SDK finds credentials. It reads files once, and of many keys it does not know when they end; so
// when SQS refuses the keys, the chain is loaded again. Until that gives others, the old ones stay in use.
type chain struct {
	load    func(context.Context) (aws.CredentialsProvider, error) // nil: they are never loaded again
	current atomic.Pointer[generation]

	looks rate.Sometimes
}

// generation is one result of loading the chain. Each has its own signer: a signer caches derived keys by access key
// alone, and would not notice another secret for the same access key.
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
	c := &chain{load: load, looks: rate.Sometimes{Interval: loadPause}}
	c.current.Store(newGeneration(first))
	return c
}

// Retrieve implements aws.CredentialsProvider.
func (c *chain) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return c.current.Load().Retrieve(ctx)
}

// renewed reports whether there are other credentials now than those that SQS has refused with the code.
func (c *chain) renewed(ctx context.Context, refused *generation, code string) bool {
	if c.load == nil || !aboutCredentials(code) {
		return false
	}
	c.looks.Do(func() { // or waits for one who looks
		if c.current.Load() == refused {
			c.look(ctx, refused)
		}
	})
	return c.current.Load() != refused
}

// look replaces credentials if others can be loaded.
func (c *chain) look(ctx context.Context, refused *generation) {
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
